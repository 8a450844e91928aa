"""The pages of a signed-in person, refusals as pages, and the cookies over https."""

from collections.abc import AsyncIterator

import pytest

from chassis.web.pages import Pages
from tests.auth.people import ISSUER, People, csrf, people, sign_in, sign_up


@pytest.fixture(scope="module")
async def secure(new_database) -> AsyncIterator[People]:
    """The same behind https."""
    async with people(await new_database("secure"), "https://id.example.com") as made:
        yield made


async def test_over_https_cookies_belong_to_one_host(secure: People) -> None:
    """`__Host-`, Secure, no Domain: a subdomain can neither read nor plant them."""
    await secure.developer("ada@secure.example")
    async with secure.browser() as browser:
        page = await browser.get("/session/new")
        answer = await sign_in(browser, "ada@secure.example")
    for cookie in [*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]:
        assert cookie.startswith("__Host-logi_"), cookie
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


async def test_the_banner_stands_until_the_address_is_proved(house: People) -> None:
    """It offers another link, three an hour; afterwards it is gone, in the session that was open before."""
    async with house.browser() as browser:
        await sign_up(browser, "bob@pages.example")
        await sign_in(browser, "bob@pages.example")
        token = await csrf(browser, "/account")
        assert 'action="/account/verification"' in (await browser.get("/console")).text
        codes = [
            (await browser.post("/account/verification", data={"csrf_token": token})).status_code for _ in range(3)
        ]
        assert [303, 303, 429] == codes
        links = await house.letters("bob@pages.example")
        assert 3 == len(links)
        path = links[-1][1].removeprefix(ISSUER)
        form = {"token": path.partition("token=")[2], "csrf_token": await csrf(browser, path)}
        assert 200 == (await browser.post("/console/verify_email", data=form)).status_code
        assert 'action="/account/verification"' not in (await browser.get("/console")).text


async def test_a_refusal_on_a_page_is_a_page(house: People) -> None:
    """With words for people, the request's number, and the status of the refusal."""
    async with house.browser() as browser:
        answer = await browser.post("/session", data={})
    assert (403, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert "load the page again" in answer.text
    assert "name this request" in answer.text


async def test_a_page_for_somebody_asks_who(house: People) -> None:
    """It leads to the sign-in, which leads back; an API answers 401 in JSON instead."""
    async with house.browser() as browser:
        page = await browser.get("/settings/api-keys?x=1")
        assert "/session/new?return_to=%2Fsettings%2Fapi-keys%3Fx%3D1" == page.headers["location"]
        api = await browser.get("/api/v1/me")
    assert (401, "unauthorized") == (api.status_code, api.json()["error"])


async def test_the_look_is_kept_for_ever(house: People) -> None:
    """By its hashed name; another release's hash gets today's document for a minute; an ETag saves the bytes."""
    async with house.browser() as browser:
        name = Pages(ISSUER).address("look.css")
        kept = await browser.get(name)
        assert "immutable" in kept.headers["cache-control"]
        assert kept.headers["content-type"].startswith("text/css")
        old = await browser.get("/assets/look.000000000000.css")
        assert (kept.content, "public, max-age=60") == (old.content, old.headers["cache-control"])
        assert 304 == (await browser.get(name, headers={"if-none-match": kept.headers["etag"]})).status_code
        assert 404 == (await browser.get("/assets/base.html")).status_code
