"""A person with two accounts who makes one of them, page by page."""

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
    stays, goes = f"stays-{language}-{number}@example.com", f"goes-{language}-{number}@example.com"
    for address in (goes, stays):
        _begin(driver, at, address, language)
    driver.go(f"{at.issuer}/session/new?lang={language}")
    driver.type("#email", stays)
    driver.type("#password", PASSWORD)
    driver.press(DOOR)
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
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for path in sorted((at.stack.home / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found = re.search(r"\b\d{6}\b", str(message["subject"])) if address in str(message["to"]) else None
            if found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no code was mailed to {address}")
