"""The account area in a real browser, with and without scripts."""

from collections.abc import Iterator

import pytest

from tests.browser.driver import Driver
from tests.browser.leaving import arrive, enter, leaving
from tests.browser.visits import House, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no-scripts"])
def either(request: pytest.FixtureRequest, at: House) -> Iterator[Driver]:
    """A browser, and in it somebody with an account that all tests share."""
    with Driver(scripts=request.param) as driver:
        arrive(driver, at, f"everybody-{request.param}@browser.example")
        yield driver


@pytest.fixture
def someone(request: pytest.FixtureRequest, at: House, either: Driver) -> Driver:
    """The same, signed in: a test before may have signed out."""
    either.go(f"{at.issuer}/account")
    if not either.has(".area"):
        email = f"everybody-{request.node.callspec.params['either']}@browser.example"
        enter(either, at, email)
        assert either.arrives(f"{at.issuer}/console")
    return either


def test_the_account_area(at: House, someone: Driver) -> None:
    """Every entry leads to its page and is marked there; a page of another area marks none of them."""
    someone.go(f"{at.issuer}/account")
    entries = ["Profile", "Security", "Connected apps", "API keys", "Activity", "Delete account"]
    assert entries == someone.text(".area > nav").split("\n")
    for number, name in enumerate(entries, start=1):
        someone.press(f".area > nav a:nth-child({number})")
        assert someone.shows(name, ".area > nav a[aria-current]")
        assert name == someone.text("h1")


def test_apps_are_let_in_and_put_out(at: House, someone: Driver) -> None:
    """One permission is taken back, then the app is disconnected; each is gone from the page at once."""
    someone.go(at.authorize(prompt="consent"))
    assert someone.shows("Acme Notes", "h1")
    someone.press("button[value=allow]")
    assert "code" in told(someone)
    someone.go(f"{at.issuer}/account/connected-apps")
    assert someone.shows("Your email", "summary")
    someone.press("summary")
    someone.press("form[action$='/withdraw/email'] button")
    assert someone.shows("Your profile", "summary")
    assert "Your email" not in someone.text("summary")
    someone.press("form[action$='/disconnect'] button")
    assert someone.shows("No apps yet")


def test_entries_go_into_the_trash_and_come_back(at: House, someone: Driver) -> None:
    """What happened at the door can be put away and taken back."""
    someone.go(f"{at.issuer}/account/activity")
    assert someone.shows("Signed in")
    entry = someone.run("return document.querySelector(arguments[0]).getAttribute('action')", "form[action$='/delete']")
    someone.press(f"form[action='{entry}'] button")
    assert someone.loses(f"form[action='{entry}']")
    someone.press(".head a.button")
    assert someone.shows("Trash", "h1")
    someone.press("form[action$='/restore'] button")
    assert someone.shows("The trash is empty.")


def test_leaving_and_coming_back(at: House, either: Driver) -> None:
    """The account is closed at a press, and kept at another; nobody comes back by accident."""
    email = f"leaving-{id(either)}@browser.example"
    either.forget()
    arrive(either, at, email)
    assert ["closed", "closed-offer"] == list(leaving(either, at, email))
    either.forget()


def test_signed_out_everywhere(at: House, someone: Driver) -> None:
    """The button on the security page ends this browser's session too."""
    someone.go(f"{at.issuer}/account/security")
    someone.press("form[action='/account/sign-out-everywhere'] button")
    assert someone.arrives(f"{at.issuer}/session/new")
    someone.go(f"{at.issuer}/account")
    assert someone.arrives(f"{at.issuer}/session/new")
