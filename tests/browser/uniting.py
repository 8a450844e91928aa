"""A person with three accounts who makes one of them: by a code that is mailed, then by signing in to both."""

import email
import email.policy
import re
import time
from collections.abc import Iterator
from itertools import count

from tests.browser.driver import Driver
from tests.browser.forgetting import mailed
from tests.browser.leaving import DOOR, PASSWORD
from tests.browser.visits import House

FORM = "form[action='/account/merge']"

_numbers = count(1)


def uniting(driver: Driver, at: House, language: str) -> Iterator[str]:
    """Says each page that it stands on; ends where the accounts are one."""
    number = next(_numbers)
    stays, goes, leaves = (f"{name}-{language}-{number}@example.com" for name in ("stays", "goes", "leaves"))
    for address in (goes, leaves, stays):
        _begin(driver, at, address, language)
    driver.go(f"{at.issuer}/session/new?lang={language}")
    _enter(driver, stays)
    assert driver.arrives(f"{at.issuer}/console")
    driver.go(f"{at.issuer}/account/merge")
    yield f"{language}-merge"
    driver.type("#target_email", goes)
    driver.press("form[action='/account/merge/code'] button")
    assert driver.meets("#otp_code")
    yield f"{language}-merge-code"
    right = _code(at, goes)
    for code in (f"{(int(right) + 1) % 1_000_000:06}", right):
        driver.type("#otp_code", code)
        driver.press("#understood")
        driver.press(f"{FORM} button")
        assert driver.meets("[role=alert]" if code != right else ".note[role=status]")
        yield f"{language}-merge-{'done' if code == right else 'wrong'}"
    yield from _in_one_browser(driver, at, language, stays, leaves)


def _in_one_browser(driver: Driver, at: House, language: str, stays: str, leaves: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/account/merge/arrive")
    yield f"{language}-merge-arrive-unproved"
    driver.go(f"{at.issuer}/session/new?again=1&return_to=/account/merge")
    _enter(driver, leaves)
    driver.press("form[action='/account/merge/leave'] button")
    assert driver.arrives(f"{at.issuer}/session/new")
    _enter(driver, leaves)
    assert driver.meets("a.button.main[href^='/session/new']")
    yield f"{language}-merge-arrive-same"
    driver.press("a.button.main[href^='/session/new']")
    _enter(driver, stays)
    assert driver.meets("#understood")
    yield f"{language}-merge-arrive"
    driver.press("#understood")
    driver.press("form[action='/account/merge/arrive'] button")
    assert driver.meets(".note[role=status]")
    yield f"{language}-merge-arrive-done"


def _enter(driver: Driver, address: str) -> None:
    driver.type("#email", address)
    driver.type("#password", PASSWORD)
    driver.press(DOOR)


def _begin(driver: Driver, at: House, address: str, language: str) -> None:
    driver.forget()
    driver.go(f"{at.issuer}/console/signup?lang={language}")
    driver.type("#email", address)
    driver.type("#password", PASSWORD)
    driver.press("button.main")
    driver.go(mailed(at, address, "/console/verify_email?"))
    driver.press("button.main")
    assert driver.meets(".state.good")


def _code(at: House, address: str) -> str:
    """The six digits in the subject of the newest mail to an address."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for path in sorted((at.stack.home / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found = re.search(r"\b\d{6}\b", str(message["subject"])) if address in str(message["to"]) else None
            if found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no code was mailed to {address}")
