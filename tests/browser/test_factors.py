"""Second factors in a real browser: passkeys with a virtual authenticator, codes without scripts."""

import time

import pyotp
import pytest

from tests.browser.driver import Driver
from tests.browser.guarding import guarding
from tests.browser.judge import faults
from tests.browser.leaving import arrive, enter
from tests.browser.visits import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def add_passkey(at: House, driver: Driver, name: str) -> None:
    driver.go(f"{at.issuer}/account/passkeys/new")
    driver.type("#name", name)
    driver.press("button.main")


def test_passkeys(at: House, driver: Driver) -> None:
    """Made, offered by the sign-in field itself, asked for after the password, renamed, removed."""
    with driver.authenticator() as key:
        arrive(driver, at, "ada@browser.example")
        add_passkey(at, driver, "Laptop")
        assert driver.shows("Backup codes", "h1")
        assert 10 == len(driver.text("#codes").split())
        driver.forget()
        driver.go(f"{at.issuer}/session/new")
        assert driver.arrives(f"{at.issuer}/console"), "the browser's own list of names offers the passkey"
        driver.forget()
        key.consents(False)
        enter(driver, at, "ada@browser.example")
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
        enter(driver, at, "ada@browser.example")
        assert driver.arrives(f"{at.issuer}/console"), "without a factor the password is enough again"
    assert [] == driver.complaints()


def test_codes_without_scripts(at: House, driver: Driver, without_scripts: Driver) -> None:
    """One-time codes are set up, asked for, replaced by a backup code, and turned off, all without a script.

    Meanwhile another browser of the same person has to show one before what is sensitive, and lands where it was going.
    """
    here, there = without_scripts, driver
    arrive(here, at, "bob@browser.example")
    enter(there, at, "bob@browser.example")
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
    enter(here, at, "bob@browser.example")
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
    until = time.monotonic() + 60
    while there.address != f"{at.issuer}/session/new?return_to=%2Fconsole":
        assert time.monotonic() < until, there.address
        there.go(f"{at.issuer}/console")  # a click does not wait for what it begins
    here.go(f"{at.issuer}/account/one-time-codes")
    here.press("button.danger")
    assert here.shows("It is off")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_pages_of_second_factors(at: House, driver: Driver, language: str) -> None:
    """Each of them in each language: nothing is wrong with it (judge.py)."""
    for name in guarding(driver, at, language):
        assert [] == faults(driver, language), name
