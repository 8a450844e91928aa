"""A person who signs up for real, forgets the password and moves to another address, page by page."""

import email
import email.policy
import re
import time
from collections.abc import Iterator
from itertools import count

from tests.browser.driver import Driver
from tests.browser.leaving import DOOR, PASSWORD
from tests.browser.visits import House

NEW = "quite another sentence 8"

_numbers = count(1)


def forgetting(driver: Driver, at: House, language: str) -> Iterator[str]:
    """Says each page that it stands on; ends in the console, with another password and a pending address."""
    address = f"forgetful-{language}-{next(_numbers)}@example.com"
    driver.forget()
    driver.go(f"{at.issuer}/console/signup?lang={language}")
    driver.type("#email", address)
    driver.type("#password", "password2024!")
    driver.press("button.main")
    assert driver.arrives(f"{at.issuer}/console/signup")
    yield f"{language}-sign-up-breached"
    driver.type("#password", PASSWORD)
    driver.press("button.main")
    assert driver.arrives(f"{at.issuer}/console/signup/sent")
    yield f"{language}-sign-up-sent"
    driver.go(mailed(at, address, "/console/verify_email?"))
    yield f"{language}-verify"
    driver.press("button.main")
    assert driver.meets(".state.good")
    yield f"{language}-verified"
    yield from _forgets(driver, at, address, language)
    yield from _moves(driver, at, language)


def _forgets(driver: Driver, at: House, address: str, language: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/session/forgot")
    yield f"{language}-forgotten"
    driver.type("#email", address)
    driver.press("button.main")
    assert driver.arrives(f"{at.issuer}/session/forgot/sent")
    yield f"{language}-forgotten-sent"
    link = mailed(at, address, "/session/reset?")
    driver.go(link)
    yield f"{language}-reset"
    driver.type("#password", NEW)
    driver.press("form[action='/session/reset'] button.main")
    assert driver.meets(".state.good")
    yield f"{language}-reset-done"
    driver.go(link)
    yield f"{language}-reset-spent"
    driver.go(f"{at.issuer}/session/new")
    driver.type("#email", address)
    driver.type("#password", NEW)
    driver.press(DOOR)
    assert driver.arrives(f"{at.issuer}/console")


def _moves(driver: Driver, at: House, language: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/account/password")
    yield f"{language}-password"
    driver.type("#password", "short")
    driver.press("form[action='/account/password'] button.main")
    assert driver.meets("[role=alert]")
    yield f"{language}-password-short"
    driver.go(f"{at.issuer}/account/email")
    yield f"{language}-email"
    driver.type("#email", "elsewhere@example.com")
    driver.press("form[action='/account/email'] button.main")
    assert driver.meets("[role=status]")
    yield f"{language}-email-asked"


def mailed(at: House, address: str, part: str) -> str:
    """The newest link with `part` in it that this address was mailed."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for path in sorted((at.stack.home / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))
            text = body.get_content() if body is not None and address in str(message["to"]) else ""
            found = re.search(rf"^http\S+{re.escape(part)}\S+", text, re.MULTILINE)
            if found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address} with {part}")
