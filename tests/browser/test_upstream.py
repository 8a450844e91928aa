"""Signing in at other providers in a real browser, on another site, set up as an operator does it (auth.md 2.6)."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auth.upstream import elsewhere
from tests.browser.driver import Driver
from tests.browser.visits import House, told
from tests.faults.platform import Platform
from tests.system.stack import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOST = "127.0.0.1"
"""Another site than `localhost`: what a browser does with cookies between sites is what counts here."""

OFFERED = ("google", "apple")


def operator(at: House, *words: str, said: bytes = b"") -> str:
    """What `services.auth connectors …` answers."""
    platform = Platform(at.stack)
    environment = platform.environment("auth")
    asyncio.run(platform.close())
    command = [sys.executable, "-m", "services.auth", "connectors", *words]
    run = subprocess.run(command, cwd=ROOT, env=environment, input=said, capture_output=True, check=False)
    assert 0 == run.returncode, run.stderr.decode()
    return run.stdout.decode()


@pytest.fixture(scope="module")
def offered(at: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two real providers, as buttons of the sign-in page; gone afterwards."""
    script = elsewhere.installed(Path(tmp_path_factory.mktemp("providers")))
    with elsewhere.providers(script, at.issuer, HOST) as ports:
        for key in OFFERED:
            operator(at, "set", key, said=elsewhere.document(key, ports[key], HOST))
        listed = operator(at, "list")
        assert [f"{key}: {key.title()}" for key in OFFERED] == [line.split(",")[0] for line in listed.splitlines()]
        yield
        for key in OFFERED:
            operator(at, "remove", key)


def sign_in_there(driver: Driver, login: str) -> None:
    """At the provider's own pages."""
    assert driver.arrives(f"http://{HOST}")
    driver.type("input[name=login]", login)
    driver.type("input[name=password]", "-")
    driver.press("button[type=submit]")
    assert driver.shows("Authorize", "h1")
    driver.press("button[type=submit]")


@pytest.mark.parametrize("key", OFFERED)
def test_from_an_app_to_the_provider_and_back(at: House, driver: Driver, offered: None, key: str) -> None:
    """The button leads away, the provider back (Apple's by a form of its own site), and the app gets its code."""
    driver.go(at.authorize())
    driver.press(f"a[href^='/auth/{key}/']")
    sign_in_there(driver, f"{key}-b~{key}-browser@gmail.com~yes")
    assert driver.shows("Acme Notes", "h1")
    assert driver.shows(f"{key}-browser@gmail.com", "main")
    driver.press("button[value=allow]")
    assert "id_token" in at.redeem(told(driver)["code"])


def test_connecting_and_removing(at: House, driver: Driver, offered: None) -> None:
    """The account area connects a provider by a form that leads to another site, and removes it again."""
    driver.go(f"{at.issuer}/session/new")
    at.sign_in(driver)
    assert driver.arrives(f"{at.issuer}/console")
    driver.go(f"{at.issuer}/account/identities")
    driver.press("form[action='/account/identities/google/link'] button")
    sign_in_there(driver, "google-c~connected@gmail.com~yes")
    assert driver.shows("connected@gmail.com", "main")
    driver.press("form[action='/account/identities/google/remove'] button")
    assert driver.shows("not connected", "main")
    assert [] == [line for line in driver.complaints() if "Failed to load resource" not in line]
