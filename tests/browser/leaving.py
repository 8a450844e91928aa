"""A person who deletes their account in a real browser, and thinks better of it."""

import time
from collections.abc import Iterator

from tests.browser.driver import Driver
from tests.browser.visits import House

PASSWORD = "a long enough sentence 7"
DOOR = "form[action='/session'] button.main"


def arrive(driver: Driver, at: House, email: str) -> None:
    """Signs up and signs in; the address need not be confirmed for that."""
    driver.go(f"{at.issuer}/console/signup")
    driver.type("#email", email)
    driver.type("#password", PASSWORD)
    driver.press("button.main")
    # What a sign-up asks for is done behind its answer; until then there is nobody to sign in.
    for _ in range(30):
        time.sleep(1)
        driver.go(f"{at.issuer}/session/new")
        if driver.address == f"{at.issuer}/console":
            return
        enter(driver, at, email)
        time.sleep(1)
    raise AssertionError(driver.text())


def enter(driver: Driver, at: House, email: str) -> None:
    driver.go(f"{at.issuer}/session/new")
    assert driver.has("#email"), f"{driver.address}: {driver.text()}"
    driver.type("#email", email)
    driver.type("#password", PASSWORD)
    driver.press(DOOR)


def leaving(driver: Driver, at: House, email: str) -> Iterator[str]:
    """Says each page that it stands on; in the end the account is back and its owner in it."""
    driver.go(f"{at.issuer}/account/delete")
    driver.press("#understood")
    driver.press("button.danger")
    assert driver.arrives(f"{at.issuer}/session/closed")
    yield "closed"
    enter(driver, at, email)
    assert driver.arrives(f"{at.issuer}/session/closed?offer=")
    yield "closed-offer"
    driver.press("form button.main")
    assert driver.arrives(f"{at.issuer}/session/new")
    driver.type("#email", email)
    driver.type("#password", PASSWORD)
    driver.press(DOOR)
    assert driver.arrives(f"{at.issuer}/account/security")
