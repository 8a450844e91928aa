"""Second factors in a real browser: passkeys with a virtual authenticator, codes without scripts."""

import asyncio
import re
import time
from collections.abc import Iterator

import pyotp
import pytest

from tests.browser import axe
from tests.browser.driver import Driver
from tests.browser.guarding import guarding
from tests.browser.visits import House, house
from tests.system.journey.mail import Mailbox
from tests.system.stack import running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def at() -> Iterator[House]:
    """A stack of its own: the tests of one address may sign in only so often."""
    with running({}) as stack:
        yield house(stack)


def a_person(at: House, driver: Driver, email: str) -> None:
    """Signs up, clicks the link of the mail, and signs in."""
    driver.go(f"{at.issuer}/console/signup")
    driver.type("#email", email)
    driver.type("#password", PASSWORD)
    driver.press("button.main")
    letter = asyncio.run(Mailbox(at.stack.home / "mail").letter_to(email))
    driver.go(next(word for word in re.findall(r"https?://\S+", letter.text) if "verify_email" in word))
    driver.press("button.main")
    enter(at, driver, email)
    assert driver.arrives(f"{at.issuer}/console")


def enter(at: House, driver: Driver, email: str) -> None:
    driver.go(f"{at.issuer}/session/new?again=1")
    driver.type("#email", email)
    driver.type("#password", PASSWORD)
    driver.press("form[action='/session'] button.main")


def add_passkey(at: House, driver: Driver, name: str) -> None:
    driver.go(f"{at.issuer}/account/passkeys/new")
    driver.type("#name", name)
    driver.press("button.main")


def test_passkeys(at: House, driver: Driver) -> None:
    """Made, offered by the sign-in field itself, asked for after the password, renamed, removed."""
    with driver.authenticator() as key:
        a_person(at, driver, "ada@browser.example")
        add_passkey(at, driver, "Laptop")
        assert driver.shows("Backup codes", "h1")
        assert 10 == len(driver.text("#codes").split())
        driver.forget()
        driver.go(f"{at.issuer}/session/new")
        assert driver.arrives(f"{at.issuer}/console"), "the browser's own list of names offers the passkey"
        driver.forget()
        key.consents(False)
        enter(at, driver, "ada@browser.example")
        assert driver.arrives(f"{at.issuer}/session/second")
        key.consents(True)
        driver.press("form[data-passkey] button")
        assert driver.arrives(f"{at.issuer}/console")
        driver.go(f"{at.issuer}/account/passkeys")
        assert driver.shows("Laptop")
        driver.press("details summary")
        driver.type("details input[name=name]", "My laptop")
        driver.press("details button")
        assert driver.shows("My laptop")
        driver.press("button.danger")
        assert driver.shows("There is none yet")
        driver.forget()
        key.consents(False)
        enter(at, driver, "ada@browser.example")
        assert driver.arrives(f"{at.issuer}/console"), "without a factor the password is enough again"
    assert [] == driver.complaints()


def test_codes_without_scripts(at: House, driver: Driver, without_scripts: Driver) -> None:
    """One-time codes are set up, asked for, replaced by a backup code, and turned off, all without a script.

    Meanwhile another browser of the same person has to show one before what is sensitive, and lands where it was going.
    """
    here, there = without_scripts, driver
    a_person(at, here, "bob@browser.example")
    enter(at, there, "bob@browser.example")
    assert there.arrives(f"{at.issuer}/console")
    here.go(f"{at.issuer}/account/one-time-codes")
    here.press("button.main")
    assert here.arrives(f"{at.issuer}/account/one-time-codes/new")
    totp = pyotp.TOTP(here.text("#seed").replace(" ", ""))
    here.type("#code", totp.now())
    here.press("button.main")
    assert here.shows("Backup codes", "h1")
    backup = here.text("#codes").split()
    there.go(f"{at.issuer}/account/passkeys/new")
    assert there.arrives(f"{at.issuer}/session/confirm")
    there.type("#code", totp.generate_otp(int(time.time()) // 30 + 1))
    there.press("button.main")
    assert there.arrives(f"{at.issuer}/account/passkeys/new")
    here.forget()
    enter(at, here, "bob@browser.example")
    assert here.arrives(f"{at.issuer}/session/second")
    here.type("#code", "000000")
    here.press("button.main")
    assert here.shows("The code is not right")
    here.press("summary")
    here.type("#backup", backup[0])
    here.press("details button")
    assert here.arrives(f"{at.issuer}/console")
    here.go(f"{at.issuer}/account/sessions")
    assert here.shows("This browser")
    here.press("button.danger")
    there.go(f"{at.issuer}/console")
    assert there.arrives(f"{at.issuer}/session/new")
    here.go(f"{at.issuer}/account/one-time-codes")
    here.press("button.danger")
    assert here.shows("It is off")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_pages_of_second_factors(at: House, driver: Driver, language: str) -> None:
    """Each of them in each language: no word in the browser's console, one h1, no finding of axe-core."""
    rules = axe.source()
    for name in guarding(driver, at, language):
        remarks = [line for line in driver.complaints() if "Failed to load resource" not in line]
        assert [] == remarks, name
        assert 1 == driver.run("return document.querySelectorAll('h1').length"), name
        if rules is not None:
            assert [] == axe.findings(driver, rules), name
