"""The sign-in widget in pages of other origins: one that the app has listed, one that it has not (auth.md 2.5)."""

import base64
import json
from collections.abc import Iterator
from hashlib import sha256

import httpx
import pytest

from tests.browser.driver import Driver
from tests.browser.shops import PAGE, Shop, open_shop
from tests.browser.visits import CALLBACK, House, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CHALLENGE = base64.urlsafe_b64encode(sha256(b"v" * 43).digest()).rstrip(b"=").decode()


@pytest.fixture
def listed(at: House) -> Iterator[Shop]:
    """A shop on the app's list."""
    with open_shop() as shop:
        key = {"authorization": f"Bearer {at.stack.credentials['operator_pak']}"}
        address = f"{at.issuer}/api/v1/applications/{at.app['id']}"
        answer = httpx.patch(address, json={"application": {"widget_origins": [shop.origin]}}, headers=key)
        assert answer.status_code == 200, answer.text
        yield shop


@pytest.fixture
def unlisted() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


def element(at: House, **changes: str) -> str:
    """What a developer writes into the page."""
    told = {
        "client-id": at.app["client_id"],
        "redirect-uri": CALLBACK,
        "code-challenge": CHALLENGE,
        "state": "of-the-shop",
        "scope": "openid email",
    }
    written = " ".join(f'data-{name}="{value}"' for name, value in (told | changes).items())
    return f"<div data-logi-widget {written}></div>"


def show(at: House, shop: Shop, driver: Driver, body: str) -> None:
    shop.page = PAGE.format(body=body, issuer=at.issuer).encode()
    driver.go(shop.origin)


def test_a_listed_page_is_told_the_code(at: House, driver: Driver, listed: Shop) -> None:
    """The frame shows the picture; the person confirms elsewhere; the page gets a code that the app redeems."""
    show(at, listed, driver, element(at))
    with driver.inside("iframe"):
        assert driver.shows("Sign in to Acme Notes", "h1")
        address = driver.run("return document.querySelector('a.here').href")
        number = driver.text(".code")
    with Driver() as phone:
        phone.go(address)
        at.sign_in(phone)
        assert phone.shows("Acme Notes", "main")
        phone.type("#number", number)
        phone.press("button[value=allow]")
        assert phone.shows("The other screen goes on", "h1")
    assert driver.shows("logi:code", "#outcome")
    heard = json.loads(driver.text("#outcome"))
    assert ("of-the-shop", at.issuer) == (heard["state"], heard["iss"])
    assert {"access_token", "id_token"} <= at.redeem(heard["code"]).keys()
    assert at.issuer == driver.run("return document.body.dataset.heard")


def test_an_app_that_pushes_its_requests(at: House, driver: Driver, listed: Shop) -> None:
    """The page holds what its server was given for the request, and the frame goes on in a window if need be."""
    form = {
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        "state": "of-the-shop",
        "prompt": "consent",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    client = (at.app["client_id"], at.app["client_secret"])
    pushed = httpx.post(f"{at.issuer}/oauth/par", data=form, auth=client).json()["request_uri"]
    show(at, listed, driver, element(at, **{"request-uri": pushed, "code-challenge": "", "scope": ""}))
    with driver.inside("iframe"):
        assert driver.shows("Sign in to Acme Notes", "h1")
        driver.press("a[target=_top]")
    at.sign_in(driver)
    assert driver.shows("Use another account by phone", "main")
    driver.press("button[value=allow]")
    assert "of-the-shop" == told(driver)["state"]


def test_a_listed_page_is_told_what_is_wrong(at: House, driver: Driver, listed: Shop) -> None:
    """A scope that the app may not ask for: no picture, and the reason as an event."""
    show(at, listed, driver, element(at, scope="admin"))
    assert driver.shows("invalid_scope", "#outcome")


def test_nothing_is_mounted_without_a_challenge(at: House, driver: Driver, listed: Shop) -> None:
    """The script refuses, and says so in the console."""
    show(at, listed, driver, element(at, **{"code-challenge": ""}))
    assert not driver.has("iframe")
    assert any("codeChallenge" in line for line in driver.complaints())


@pytest.mark.parametrize("lies", [False, True], ids=["honest", "lying"])
def test_an_unlisted_page_is_shown_nothing(at: House, driver: Driver, listed: Shop, unlisted: Shop, lies: bool) -> None:
    """Whether it names its own origin or a listed one: the browser shows no frame there, and it hears nothing."""
    body = element(at)
    if lies:
        wanted = httpx.QueryParams(
            client_id=at.app["client_id"],
            redirect_uri=CALLBACK,
            response_type="code",
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            state="s",
            scope="openid",
            origin=listed.origin,
        )
        body = f'<iframe src="{at.issuer}/widget?{wanted}"></iframe>'.replace("&", "&amp;")
    show(at, unlisted, driver, body)
    with driver.inside("iframe"):
        assert "Acme Notes" not in driver.source
        assert "data-holder" not in driver.source
    assert any("frame-ancestors" in line for line in driver.complaints())
    assert driver.run("return document.body.dataset.heard") is None
