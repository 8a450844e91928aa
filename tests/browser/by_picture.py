"""The pages of a sign-in by picture and of the widget, one after the other in the browser of somebody signed in."""

import re
from collections.abc import Iterator

import httpx

from tests.browser.driver import Driver
from tests.browser.visits import CALLBACK, House

SHOP = "https://shop.example"


def by_picture(driver: Driver, at: House, language: str) -> Iterator[str]:
    """One browser is both the screen and the phone: the two need different cookies."""
    address = _begun(driver, at)
    yield f"{language}-qr"
    number = driver.text(".code")
    driver.go(address)
    yield f"{language}-qr-ask"
    driver.go(f"{at.issuer}/session/qr")
    yield f"{language}-qr-scanned"
    for decision, typed in (("allow", number), ("deny", ""), ("allow", "")):
        driver.go(address)
        driver.type("#number", typed)
        driver.press(f"button[value={decision}]")
        name = "mismatch" if decision == "allow" and not typed else decision
        driver.shows("", "h1")
        yield f"{language}-qr-done-{name}"
        driver.go(f"{at.issuer}/session/qr")
        yield f"{language}-qr-after-{name}"
        address = _begun(driver, at)
    driver.go(_widget(at))
    yield f"{language}-widget"


def _begun(driver: Driver, at: House) -> str:
    driver.go(at.authorize(prompt="login"))
    driver.press("form[action='/oauth/qr/start'] button")
    assert driver.arrives(f"{at.issuer}/session/qr")
    session = re.search(r"/oauth/qr/([0-9a-f-]{36})/status", driver.source)
    assert session, driver.source
    return f"{at.issuer}/account/qr?session={session[1]}"


def _widget(at: House) -> str:
    """The frame as a page of its own."""
    key = {"authorization": f"Bearer {at.stack.credentials['operator_pak']}"}
    address = f"{at.issuer}/api/v1/applications/{at.app['id']}"
    answer = httpx.patch(address, json={"application": {"widget_origins": [SHOP]}}, headers=key)
    assert answer.status_code == 200, answer.text
    asked = at.authorize(redirect_uri=CALLBACK, origin=SHOP)
    return asked.replace("/oauth/authorize?", "/widget?")
