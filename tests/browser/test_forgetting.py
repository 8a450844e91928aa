"""Sign-up, a forgotten password and another address in a real browser."""

import pytest

from tests.browser.driver import Driver
from tests.browser.forgetting import NEW, forgetting, mailed
from tests.browser.judge import faults
from tests.browser.leaving import DOOR, PASSWORD
from tests.browser.visits import House, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_every_page_on_the_way(at: House, driver: Driver, languages: tuple[str, ...]) -> None:
    """From sign-up to another address: nothing is wrong with any page (judge.py)."""
    for language in languages:
        for name in forgetting(driver, at, language):
            assert [] == faults(driver, language), name


def test_an_app_gets_its_person_without_scripts(at: House, without_scripts: Driver) -> None:
    """Sent by an app, a stranger signs up, reads the mail, signs in, allows: the app has its code, with its state."""
    driver, address = without_scripts, "newcomer@example.com"
    driver.go(at.authorize(state="after-the-mail"))
    driver.press("footer a[href^='/console/signup']")
    assert driver.shows("Acme Notes")
    driver.type("#email", address)
    driver.type("#password", PASSWORD)
    driver.press("button.main")
    driver.go(mailed(at, address, "/console/verify_email?"))
    driver.press("button.main")
    driver.press("a.button.main")
    driver.type("#email", address)
    driver.type("#password", PASSWORD)
    driver.press(DOOR)
    driver.shows("Acme Notes", "h1")
    driver.press("button[value=allow]")
    assert "after-the-mail" == told(driver)["state"]


def test_whoever_forgot_reaches_the_app_as_well(at: House, driver: Driver) -> None:
    """The link of the mail leads over the new password back to the app that asked."""
    address = at.stack.credentials["operator_email"]
    driver.go(at.authorize(state="forgot", prompt="login"))
    driver.press("footer a[href^='/session/forgot']")
    driver.type("#email", address)
    driver.press("button.main")
    driver.go(mailed(at, address, "/session/reset?"))
    driver.press("form[action='/session/let_in'] button")
    assert driver.arrives(f"{at.issuer}/session/new")
    at.sign_in(driver)
    driver.shows("Acme Notes", "h1")
    driver.press("button[value=allow]")
    assert "forgot" == told(driver)["state"]
    assert NEW not in driver.address
