"""A person who guards their account in a real browser, page by page: for the pictures and for the rules of access."""

import time
from collections.abc import Iterator

import pyotp

from tests.browser.driver import Authenticator, Driver
from tests.browser.leaving import arrive, enter
from tests.browser.visits import House


def guarding(driver: Driver, at: House, language: str) -> Iterator[str]:
    """Says each page that it stands on."""
    with driver.authenticator() as key:
        key.consents(False)
        yield from _pages(driver, at, key, language)


def _pages(driver: Driver, at: House, key: Authenticator, language: str) -> Iterator[str]:
    email = f"guarded-{language}@example.com"
    driver.forget()
    driver.go(f"{at.issuer}/session/new?lang={language}")
    arrive(driver, at, email)
    earlier = driver.devtools("Network.getCookies", urls=[at.issuer])["cookies"]
    driver.forget()
    driver.go(f"{at.issuer}/session/new?lang={language}")
    enter(driver, at, email)
    assert driver.arrives(f"{at.issuer}/console")
    for name in ("passkeys", "passkeys/new", "one-time-codes", "backup-codes"):
        driver.go(f"{at.issuer}/account/{name}")
        yield f"{language}-{name.replace('/', '-')}"
    key.consents(True)
    yield from _passkey(driver, at, language)
    key.consents(False)
    yield from _codes(driver, at, language)
    totp = pyotp.TOTP(driver.text("#seed").replace(" ", ""))
    driver.type("#code", totp.now())
    driver.press("button.main")
    assert driver.arrives(f"{at.issuer}/account/security")
    yield f"{language}-security-guarded"
    driver.go(f"{at.issuer}/account/one-time-codes")
    yield f"{language}-one-time-codes-on"
    driver.go(f"{at.issuer}/account/backup-codes")
    yield f"{language}-backup-codes-left"
    driver.go(f"{at.issuer}/account/sessions")
    yield f"{language}-sessions"
    yield from _second(driver, at, language, email, totp)
    driver.forget()
    for cookie in earlier:
        driver.devtools("Network.setCookie", url=at.issuer, name=cookie["name"], value=cookie["value"])
    driver.go(f"{at.issuer}/account/passkeys/new")
    assert driver.arrives(f"{at.issuer}/session/confirm"), "a session of before has shown no factor"
    yield f"{language}-confirm"


def _passkey(driver: Driver, at: House, language: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/account/passkeys/new")
    driver.type("#name", "Laptop")
    driver.press("button.main")
    assert driver.shows("-", "#codes")
    yield f"{language}-backup-codes-new"


def _codes(driver: Driver, at: House, language: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/account/passkeys")
    driver.press("summary")
    yield f"{language}-passkeys-some"
    driver.go(f"{at.issuer}/account/one-time-codes")
    driver.press("button.main")
    assert driver.arrives(f"{at.issuer}/account/one-time-codes/new")
    yield f"{language}-one-time-codes-new"


def _second(driver: Driver, at: House, language: str, email: str, totp: pyotp.TOTP) -> Iterator[str]:
    """The second step of a sign-in, and a wrong code."""
    driver.forget()
    driver.go(f"{at.issuer}/session/passkey?lang={language}")
    yield f"{language}-passkey-alone"
    enter(driver, at, email)
    assert driver.arrives(f"{at.issuer}/session/second")
    driver.press("summary")
    yield f"{language}-second-factor"
    driver.type("#code", "000000")
    driver.press("form:not([data-passkey]) button.main")
    assert driver.meets("div.note.bad")
    yield f"{language}-second-factor-wrong"
    driver.type("#code", totp.generate_otp(int(time.time()) // 30 + 1))
    driver.press("form:not([data-passkey]) button.main")
    assert driver.arrives(f"{at.issuer}/console")
