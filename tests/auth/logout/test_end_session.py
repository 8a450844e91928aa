"""RP-initiated logout: who is signed out by whose wish, and where the browser ends."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from services.auth.accounts.store import Account
from tests.auth.rp import CALLBACK, World, an_app, asking, consent, told

END, ANSWER = "/oauth/end_session", "/oauth/end_session/answer"
BYE = "https://shop.example/bye?from=logi"


async def entered(world: World, http: httpx.AsyncClient, app: Any, person: Account) -> dict[str, Any]:
    """Signs the browser in and lets the app in from this session; returns its tokens."""
    csrf = await world.sign_in(http, person)
    answer = await http.get("/oauth/authorize", params=asking(app))
    if answer.status_code == 200:
        answer = await consent(http, answer.text, csrf)
    return dict((await world.redeem(app, told(answer)["code"])).json())


async def signed_in(http: httpx.AsyncClient) -> bool:
    return (await http.get("/api/v1/me")).status_code == 200


def shop(**changes: Any) -> Any:
    return an_app(post_logout_redirect_uris=(BYE,), **changes)


async def test_a_hint_of_this_session_signs_out_at_once(world: World) -> None:
    """The session ends, the cookie goes, and the app gets its state back; the hint may have expired."""
    app, ada = await world.tell(shop()), await world.person("ada@logout.example")
    async with world.browser() as http:
        tokens = await entered(world, http, app, ada)
        world.clock.advance(timedelta(hours=2))
        params = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE, "state": "s&=ü"}
        answer = await http.get(END, params=params)
        assert 303 == answer.status_code
        where = urlsplit(answer.headers["location"])
        assert ("https://shop.example/bye", [("from", "logi"), ("state", "s&=ü")]) == (
            f"{where.scheme}://{where.netloc}{where.path}",
            parse_qsl(where.query),
        )
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert not await signed_in(http)


@pytest.mark.parametrize("decision", ["leave", "stay"])
async def test_logout_csrf_without_a_hint_the_person_is_asked(world: World, decision: str) -> None:
    """The attack class: a link on any page must sign nobody out; the page's own token is needed."""
    app, bob = await world.tell(shop()), await world.person(f"{decision}@csrf.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, bob)
        page = await http.get(END, params={"client_id": app.client_id, "post_logout_redirect_uri": BYE})
        assert (200, True) == (page.status_code, await signed_in(http))
        handle = re.search(r'name="request" value="([^"]+)"', page.text)
        assert handle
        form = {"request": handle[1], "decision": decision}
        assert 403 == (await http.post(ANSWER, data={**form, "csrf_token": "x"})).status_code
        answer = await http.post(ANSWER, data={**form, "csrf_token": csrf})
        wanted = {"leave": (BYE, False), "stay": ("/console", True)}
        assert wanted[decision] == (answer.headers["location"], await signed_in(http))


async def test_a_hint_of_another_session_asks_as_well(world: World) -> None:
    """An old ID token of the same person, or one of somebody else, is no proof for this browser."""
    app, carol = await world.tell(shop()), await world.person("carol@logout.example")
    async with world.browser() as elsewhere, world.browser() as http:
        tokens = await entered(world, elsewhere, app, carol)
        await world.sign_in(http, carol)
        assert 200 == (await http.get(END, params={"id_token_hint": tokens["id_token"]})).status_code
        assert await signed_in(http)


@pytest.mark.parametrize("hint", ["access_token", "altered", "garbage"])
async def test_what_is_no_id_token_is_no_hint(world: World, hint: str) -> None:
    """An access token, an altered token, any words: the person is asked."""
    app, dave = await world.tell(shop()), await world.person(f"{hint}@hint.example")
    async with world.browser() as http:
        tokens = await entered(world, http, app, dave)
        shown = {"access_token": tokens["access_token"], "altered": tokens["id_token"][:-8] + "AAAAAAAA"}
        answer = await http.get(END, params={"id_token_hint": shown.get(hint, "a.b.c")})
        assert (200, True) == (answer.status_code, await signed_in(http))


@pytest.mark.parametrize(
    "uri",
    [
        "https://shop.example/bye",
        BYE + "/",
        BYE.upper(),
        BYE + "&x=1",
        "https://shop.example.evil.example/bye?from=logi",
        "https://evil.example/",
        "javascript:alert(1)",
        "//evil.example",
        CALLBACK,
    ],
)
async def test_open_redirect_after_logout(world: World, uri: str) -> None:
    """Only a registered address, byte for byte; a refusal is shown here and signs nobody out."""
    app, eve = await world.tell(shop()), await world.person(f"{abs(hash(uri))}@open.example")
    async with world.browser() as http:
        tokens = await entered(world, http, app, eve)
        answer = await http.get(END, params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": uri})
        assert (400, None, True) == (answer.status_code, answer.headers.get("location"), await signed_in(http))


async def test_an_address_needs_to_know_whose_it_is(world: World) -> None:
    """Without a client, with an unknown one, or with two that differ, nothing is redirected."""
    app, other = await world.tell(shop()), await world.tell(shop())
    async with world.browser() as http:
        tokens = await entered(world, http, app, await world.person("frank@logout.example"))
        for params in (
            {"post_logout_redirect_uri": BYE},
            {"post_logout_redirect_uri": BYE, "client_id": "logi_unknown"},
            {"id_token_hint": tokens["id_token"], "client_id": other.client_id},
        ):
            assert 400 == (await http.get(END, params=params)).status_code
        twice = await http.get(f"{END}?client_id=a&client_id=b")
        assert 400 == twice.status_code
        assert await signed_in(http)


async def test_a_form_goes_on_by_get(world: World) -> None:
    """Another site's form brings no cookie of ours, so the decision is made at the address that it leads to."""
    app, grace = await world.tell(shop()), await world.person("grace@logout.example")
    async with world.browser() as http, world.browser() as without:
        tokens = await entered(world, http, app, grace)
        form = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
        answer = await without.post(END, data=form)
        assert 303 == answer.status_code
        assert answer.headers["location"].startswith(f"{END}?")
        assert BYE == (await http.get(answer.headers["location"])).headers["location"]
        assert not await signed_in(http)


async def test_who_is_not_signed_in_goes_where_they_were_sent(world: World) -> None:
    """Nothing needs to be asked; without an address the signed-out page stands there, in both languages."""
    app = await world.tell(shop())
    async with world.browser() as http:
        answer = await http.get(END, params={"client_id": app.client_id, "post_logout_redirect_uri": BYE})
        assert BYE == answer.headers["location"]
        page = await http.get((await http.get(END)).headers["location"])
        assert "You are signed out" in page.text
        assert "로그아웃되었습니다" in (await http.get("/session/signed_out?lang=ko")).text


async def test_reflected_xss_in_the_sign_out_page(world: World) -> None:
    """An app's name is text, whatever it contains, and no script may stand in the page."""
    app = await world.tell(shop(name='<script>alert("x")</script>'))
    async with world.browser() as http:
        await world.sign_in(http, await world.person("heidi@logout.example"))
        page = await http.get(END, params={"client_id": app.client_id, "state": '"><script>'})
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
