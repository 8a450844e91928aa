"""Signing in by a picture with two real browsers: one shows it, one is signed in and approves (auth.md 2.4)."""

import re

import pytest

from tests.browser.driver import Driver
from tests.browser.visits import House, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def phone(at: House) -> Driver:
    """Another browser, where the operator is signed in."""
    with Driver() as one:
        one.go(f"{at.issuer}/session/new")
        at.sign_in(one)
        assert one.arrives(f"{at.issuer}/console")
        yield one


def ask_for_a_picture(at: House, screen: Driver) -> str:
    """Presses the button of the sign-in page; what the picture's address would be."""
    screen.go(at.authorize(prompt="login"))
    screen.press("form[action='/oauth/qr/start'] button")
    assert screen.shows("Scan this with a phone", "main")
    session = re.search(r"/oauth/qr/([0-9a-f-]{36})/status", screen.source)
    assert session, screen.source
    return f"{at.issuer}/account/qr?session={session[1]}"


def answer(phone: Driver, address: str, decision: str, number: str) -> None:
    phone.go(address)
    assert phone.shows("Acme Notes", "main")
    assert phone.shows("Chrome · Linux", "dl")
    phone.type("#number", number)
    phone.press(f"button[value={decision}]")


def test_a_screen_goes_on_by_itself(at: House, driver: Driver, phone: Driver) -> None:
    """The picture is drawn; the screen learns of each step by itself; a press, and the app has its code."""
    address = ask_for_a_picture(at, driver)
    assert driver.run("const qr = document.querySelector('.qr'); return qr.complete && qr.naturalWidth > 100")
    number = driver.text(".code")
    phone.go(address)
    assert driver.shows("Confirm on your phone", "main")
    answer(phone, address, "allow", number)
    assert phone.shows("The other screen goes on", "h1")
    assert driver.shows("operator@logi.example", "main")
    driver.press("button.main")
    assert "code" in told(driver), "what the phone allowed is not asked again"
    assert [] == [line for line in driver.complaints() if "Failed to load resource" not in line]


def test_without_scripts(at: House, without_scripts: Driver, phone: Driver) -> None:
    """The page asks for itself every few seconds."""
    address = ask_for_a_picture(at, without_scripts)
    answer(phone, address, "allow", without_scripts.text(".code"))
    assert without_scripts.shows("operator@logi.example", "main")
    without_scripts.press("button.main")
    assert "code" in told(without_scripts)


def test_a_no_and_a_wrong_number(at: House, driver: Driver, phone: Driver) -> None:
    """Either ends the sign-in, and the screen says so; there is a way to begin again."""
    answer(phone, ask_for_a_picture(at, driver), "deny", "")
    assert phone.shows("Nobody was signed in", "h1")
    assert driver.shows("refused", "main")
    address = ask_for_a_picture(at, driver)
    wrong = "11" if driver.text(".code") != "11" else "12"
    answer(phone, address, "allow", wrong)
    assert phone.shows("That was another number", "h1")
    assert driver.shows("refused", "main")
    driver.press("footer a")
    assert driver.arrives(f"{at.issuer}/session/new")
