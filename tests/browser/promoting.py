"""An app on its way to production, page by page: registered, handed in, looked at by an operator, approved."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.browser.driver import Driver
from tests.browser.visits import House
from tests.registry.papers import a_pdf

_numbers = count(1)


def promoting(driver: Driver, at: House, language: str) -> Iterator[str]:
    """Says each page that it stands on; the operator does all of it."""
    driver.forget()
    driver.go(f"{at.issuer}/session/new?lang={language}")
    at.sign_in(driver)
    assert driver.arrives(f"{at.issuer}/console")
    name = f"Weather {language} {next(_numbers)}"
    driver.go(f"{at.issuer}/developer/applications/new")
    driver.type("#name", name)
    driver.type("#redirect_uris", "https://weather.example/callback")
    driver.press("main form[action='/developer/applications/new'] button.main")
    assert driver.meets(".secret")
    yield f"{language}-application-made"
    driver.press("a.button.main")
    assert driver.meets("a[href$='/promotion']")
    yield f"{language}-application-of-the-web"
    app = driver.address
    driver.go(f"{app}/hosts")
    yield f"{language}-hosts-to-prove"
    yield from _handed_in(driver, app, language)
    yield from _looked_at(driver, at, app, language)


def _handed_in(driver: Driver, app: str, language: str) -> Iterator[str]:
    driver.go(f"{app}/promotion")
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "registration.pdf"
        document.write_bytes(a_pdf())
        driver.choose("#business_registration", document)
        driver.type("#service_description", "Tells people what the weather will be where they are.")
        driver.type("#technical_contact_email", "weather@example.com")
        driver.tick("form[enctype] input[type=checkbox]")
        driver.press("form[enctype] button.main")
        assert driver.loses("form[enctype]")
    driver.go(f"{app}/promotion")
    yield f"{language}-promotion-handed-in"


def _looked_at(driver: Driver, at: House, app: str, language: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/admin/approvals")
    yield f"{language}-review-queue-some"
    driver.press("td a[href^='/admin/approvals/']")
    assert driver.meets("form[action$='/approve']")
    yield f"{language}-approval"
    driver.tick("form[action$='/approve'] input[type=checkbox]")
    driver.press("form[action$='/approve'] button.main")
    assert driver.loses("form[action$='/approve']")
    driver.go(f"{app}/promotion")
    yield f"{language}-promotion-approved"
