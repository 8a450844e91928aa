"""`make screenshots`: every page at the door and in the console as a picture, light, dark, on a phone, in Korean.

Somebody has to look at them: that a page is beautiful is nothing that a test can promise.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.by_picture import by_picture
from tests.browser.driver import BrowserMissing, Driver
from tests.browser.forgetting import forgetting
from tests.browser.guarding import guarding
from tests.browser.leaving import arrive, leaving
from tests.browser.promoting import promoting
from tests.browser.uniting import uniting
from tests.browser.visits import House, house
from tests.system.stack import generous, running

SCREENS = {
    "light": {"dark": False, "width": 1100, "height": 800},
    "dark": {"dark": True, "width": 1100, "height": 800},
    "phone": {"dark": False, "width": 390, "height": 780, "phone": True},
}

WALKS = (guarding, forgetting, uniting, promoting)
"""Of people who do something from beginning to end."""

PUBLIC = {
    "sign-in": "/session/new",
    "sign-up": "/console/signup",
    "diagnose": "/diagnose?client_id=nobody&redirect_uri=http://localhost/cb&code_challenge=abc%3D&client_id=nobody",
    "error-unknown-client": "/oauth/authorize?client_id=nobody",
    "error-nothing-here": "/verify-email?token=x",
    "error-of-the-gateway": "/nowhere",
    "errors": "/docs/oauth/errors",
    "signed-out": "/session/signed_out",
}
PRIVATE = {
    "device": "/cli/activate",
    "console": "/console",
    "account": "/account",
    "connected-apps": "/account/connected-apps",
    "api-keys": "/settings/api-keys",
    "security": "/account/security",
    "identities": "/account/identities",
    "activity": "/account/activity",
    "activity-trash": "/account/activity?trash=1",
    "delete-account": "/account/delete",
    "applications": "/developer/applications",
    "application-new": "/developer/applications/new",
    "members": "/developer/memberships",
    "help": "/developer/help",
    "applications-trash": "/developer/applications/trash",
    "invitation-unknown": "/developer/invitations?token=x",
    "review-queue": "/admin/approvals",
    "sign-out": "/oauth/end_session",
}


def main() -> int:
    """Returns the exit status."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".local/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory() as limits, running(generous(Path(limits))) as stack, Driver() as driver:
            at = house(stack)
            more = (walk(driver, at, language) for walk in WALKS for language in ("en", "ko"))
            for name in chain(visits(driver, at), *more):
                _take(driver, folder, name)
    except BrowserMissing as missing:
        print(f"SKIPPED, no pictures were taken: {missing}", file=sys.stderr)
        return 0
    print(f"look at them: {folder}")
    return 0


def visits(driver: Driver, at: House, languages: Sequence[str] = ("en", "ko")) -> Iterator[str]:
    """Goes from page to page, and says where it is."""
    for language in languages:
        driver.forget()
        driver.go(f"{at.issuer}/session/new?lang={language}")
        for name, path in PUBLIC.items():
            driver.go(f"{at.issuer}{path}")
            yield f"{language}-{name}"
        yield from _on_the_way_back(driver, at, language)
        driver.go(at.authorize(prompt="consent"))
        driver.type("#email", "somebody@example.com")
        driver.type("#password", "not the password")
        driver.press("button.main")
        assert driver.meets(".note.bad")
        yield f"{language}-sign-in-wrong"
        at.sign_in(driver)
        driver.shows("Acme Notes", "h1")
        yield f"{language}-consent"
        for name, path in PRIVATE.items():
            driver.go(f"{at.issuer}{path}")
            yield f"{language}-{name}"
        for name in ("application", "settings", "scopes", "secret", "delete", "hosts", "webhooks", "promotion"):
            page = "" if name == "application" else f"/{name}"
            driver.go(f"{at.issuer}/developer/applications/{at.app['id']}{page}")
            yield f"{language}-{name}"
        yield from _as_the_app_wishes(driver, at, language)
        yield from _device(driver, at, language)
        yield from by_picture(driver, at, language)
        yield from _account(driver, at, language)


def _on_the_way_back(driver: Driver, at: House, language: str) -> Iterator[str]:
    """The page that sends itself, held back."""
    driver.devtools("Network.enable")
    driver.devtools("Network.setBlockedURLs", urls=["*/assets/send.*"])
    driver.go(at.authorize(prompt="none", response_mode="form_post"))
    yield f"{language}-form-post"
    driver.devtools("Network.setBlockedURLs", urls=[])


def _as_the_app_wishes(driver: Driver, at: House, language: str) -> Iterator[str]:
    """The chooser, the ways to display the consent page, and where a refused request can be read about."""
    driver.go(at.authorize(prompt="select_account"))
    yield f"{language}-choose-account"
    for display in ("popup", "touch", "wap"):
        driver.go(at.authorize(prompt="consent", display=display))
        yield f"{language}-consent-{display}"
    driver.go(at.refused())
    yield f"{language}-refused-request"


def _device(driver: Driver, at: House, language: str) -> Iterator[str]:
    driver.go(f"{at.issuer}/cli/activate?user_code=BBBB-BBBB")
    yield f"{language}-device-unknown"
    for decision in ("allow", "deny"):
        driver.go(at.device()["verification_uri_complete"])
        if decision == "allow":
            yield f"{language}-device-ask"
            driver.press("summary")
            yield f"{language}-device-qr"
        driver.press(f"button[value={decision}]")
        driver.shows("logi-cli", "p[role=status]")
        yield f"{language}-device-{decision}"


def _account(driver: Driver, at: House, language: str) -> Iterator[str]:
    """What is there once apps were let in, and the pages of an account that is closed."""
    driver.go(f"{at.issuer}/account/connected-apps")
    driver.press("summary")
    yield f"{language}-connected-apps-some"
    driver.forget()
    driver.go(f"{at.issuer}/session/new?lang={language}")
    email = f"leaving-{language}@example.com"
    arrive(driver, at, email)
    for name in leaving(driver, at, email):
        yield f"{language}-{name}"


def _take(driver: Driver, folder: Path, name: str) -> None:
    for screen, wanted in SCREENS.items():
        driver.see(**wanted)
        (folder / f"{name}-{screen}.png").write_bytes(driver.picture())
    driver.see(**SCREENS["light"])


if __name__ == "__main__":
    sys.exit(main())
