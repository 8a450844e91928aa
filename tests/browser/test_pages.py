"""The pages in a real browser: from an app and back, with and without scripts, by keyboard, without complaints."""

import httpx
import pytest

from tests.browser.driver import Driver
from tests.browser.judge import faults
from tests.browser.screenshots import visits
from tests.browser.visits import House, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TAB, ENTER = "\ue004", "\ue007"


def test_sign_in_consent_callback(at: House, driver: Driver) -> None:
    """A person signs in, sees who asks for what, allows it; the app redeems the code. The second time it is quick."""
    driver.go(at.authorize(state="s1", prompt="consent"))
    assert driver.arrives(f"{at.issuer}/session/new")
    at.sign_in(driver)
    for part in ("Acme Notes", "127.0.0.1:9", "operator@logi.example", "Your email"):
        assert driver.shows(part)
    driver.press("button[value=allow]")
    answer = told(driver)
    assert ("s1", at.issuer) == (answer["state"], answer["iss"])
    assert {"access_token", "id_token", "refresh_token"} <= at.redeem(answer["code"]).keys()
    driver.go(at.authorize(state="s2"))
    assert "s2" == told(driver)["state"]


def test_everything_works_without_scripts(at: House, without_scripts: Driver) -> None:
    """Sign-in, consent, the device page, the console's pages: none of them needs a script."""
    driver = without_scripts
    driver.go(at.authorize(prompt="login consent"))
    at.sign_in(driver)
    assert driver.shows("Acme Notes", "h1")
    driver.press("button[value=allow]")
    assert "code" in told(driver)
    device = at.device()
    driver.go(f"{at.issuer}/cli/activate")
    driver.type("#user_code", device["user_code"].lower())
    driver.press("button.main")
    assert driver.shows(device["user_code"])
    driver.press("button[value=allow]")
    assert driver.shows("Your device is in")
    token = at.poll(device["device_code"])["access_token"]
    apps = httpx.get(f"{at.issuer}/api/v1/applications", headers={"authorization": f"Bearer {token}"})
    assert (200, True) == (apps.status_code, "Acme Notes" in [app["name"] for app in apps.json()])


def test_the_device_page(at: House, driver: Driver) -> None:
    """The link of a device leads over sign-in to what it asks for, with its code and a QR code that is really drawn."""
    device = at.device()
    driver.go(device["verification_uri_complete"])
    at.sign_in(driver)
    assert driver.shows(device["user_code"], ".code")
    driver.press("summary")
    assert driver.run("const qr = document.querySelector('.qr'); return qr.complete && qr.naturalWidth > 100")
    driver.press("button[value=deny]")
    assert driver.shows("The device stays out")
    assert "access_denied" == at.poll(device["device_code"])["error"]


def test_by_keyboard_alone(at: House, driver: Driver) -> None:
    """From the first field to the code without a mouse, with the focus always in sight."""
    driver.go(at.authorize(prompt="login consent"))
    credentials = at.stack.credentials
    driver.run("document.querySelector('#email').focus()")
    driver.keys(f"{credentials['operator_email']}{TAB}{credentials['operator_password']}{ENTER}")
    assert driver.shows("Acme Notes", "h1")
    for _ in range(10):
        driver.keys(TAB)
        if driver.run("return document.activeElement.value") == "allow":
            break
    assert "none" != driver.run("return getComputedStyle(document.activeElement).outlineStyle")
    driver.keys(ENTER)
    assert "code" in told(driver)


def test_no_page_violates_the_policy_and_all_are_accessible(
    at: House, driver: Driver, languages: tuple[str, ...]
) -> None:
    """Every page in each language: no word in the browser's console, one h1, a language, as narrow as a phone, no
    finding of axe-core.
    """
    for name in visits(driver, at, languages):
        assert [] == faults(driver, name[:2]), name
