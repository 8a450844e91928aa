"""The sign-in frame: who may hold it, what it tells, and that it needs no cookie (auth.md 2.5)."""

import asyncio
import secrets
from typing import Any

import httpx
import pytest

from contracts.applications import Application
from contracts.principal import Pak
from services.auth.accounts.store import Account
from services.auth.api_keys import make
from tests.auth import rp
from tests.auth.rp import World, asking

SHOP = "https://shop.example"
LISTED = (SHOP, "http://localhost:3000")


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    """The Content-Security-Policy by directive."""
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


def ancestors(page: httpx.Response) -> list[str]:
    return policy(page)["frame-ancestors"]


def held(page: httpx.Response) -> str:
    return page.text.split('data-holder="')[1].split('"')[0]


async def framed(world: World, **changes: Any) -> tuple[httpx.Response, Application]:
    """What a page of the listed origin is shown."""
    app = await world.tell(rp.an_app(widget_origins=LISTED))
    async with world.browser() as http:
        return await http.get("/widget", params=asking(app, **{"origin": SHOP, **changes})), app


async def approve(world: World, page: httpx.Response) -> Account:
    """A person with an app approves what the frame's picture is about."""
    account = await world.person(f"{secrets.token_hex(6)}@example.com")
    caller = Pak(
        user_id=account.id, sub=account.sub, role="user", identity_verified_level=1, pak_id=0, scopes=("profile:write",)
    )
    scopes = ("profile:read", "profile:write")
    made = await make.create(world.ground, caller, make.KeyRequest(name="app", scopes=scopes))
    session = await world.db.fetchval("select id from qr_sessions order by created_at desc, number limit 1")
    found = await world.db.fetch("select id from qr_sessions where state = 'pending'")
    assert [session] == [row["id"] for row in found]
    async with world.browser() as phone:
        phone.headers["authorization"] = f"Bearer {made.plain}"
        for step in ("scan", "approve"):
            assert 200 == (await phone.post(f"/api/v1/oauth/qr/{session}/{step}")).status_code
    return account


@pytest.fixture(autouse=True)
async def nothing_waits(world: World) -> None:
    await world.db.execute("delete from qr_sessions")


async def test_only_listed_origins_hold_it(world: World) -> None:
    """Its ancestors are the app's origins and no others; a page that is none of them is shown nothing."""
    page, _ = await framed(world)
    assert (200, list(LISTED)) == (page.status_code, policy(page)["frame-ancestors"])
    assert "x-frame-options" not in page.headers
    for origin in ("https://evil.example", f"{SHOP}.evil.example", f"{SHOP}/", "null", "*", "", SHOP.upper()):
        refused, _ = await framed(world, origin=origin)
        assert (403, ["'none'"]) == (refused.status_code, policy(refused)["frame-ancestors"]), origin
        assert "DENY" == refused.headers["x-frame-options"]


async def test_nothing_else_of_ours_may_be_held(world: World) -> None:
    """An app's list counts for the widget's own page alone."""
    app = await world.tell(rp.an_app(widget_origins=LISTED))
    async with world.browser() as http:
        asked = await http.get("/oauth/authorize", params=asking(app))
        for path in (asked.headers["location"], "/session/new", "/session/qr", "/console"):
            page = await http.get(path, follow_redirects=True)
            assert (["'none'"], "DENY") == (policy(page)["frame-ancestors"], page.headers["x-frame-options"]), path


async def test_an_origin_breaks_out_of_no_header(world: World) -> None:
    """What registry should never have let in makes no directive."""
    bad = ("https://a.example; script-src *", "*", "https://*.example", "https://a.example https://b.example")
    app = await world.tell(rp.an_app(widget_origins=(*bad, SHOP)))
    async with world.browser() as http:
        page = await http.get("/widget", params=asking(app, origin=SHOP))
        assert [SHOP] == policy(page)["frame-ancestors"]
        for origin in bad:
            assert 403 == (await http.get("/widget", params=asking(app, origin=origin))).status_code


async def test_without_cookies_to_a_code(world: World) -> None:
    """The frame shows the picture, learns each step, and gets the code that the app exchanges; once."""
    page, app = await framed(world)
    assert [] == [name for name in page.cookies if name != "logi_language"]
    form = {"holder": held(page)}
    async with world.browser() as frame:
        assert {"status": "pending"} == (await frame.post("/widget/status", data=form)).json()
        assert 404 == (await frame.post("/widget/finish", data=form)).status_code
        await approve(world, page)
        assert {"status": "approved"} == (await frame.post("/widget/status", data=form)).json()
        answers = await asyncio.gather(*(frame.post("/widget/finish", data=form) for _ in range(10)))
        assert [200] + [404] * 9 == sorted(answer.status_code for answer in answers)
        told = next(answer.json() for answer in answers if answer.status_code == 200)
        assert ("st&te +ü", "http://localhost:8000") == (told["state"], told["iss"])
        assert "logi_session" not in frame.cookies
    token = await world.redeem(app, told["code"])
    assert 200 == token.status_code, token.text
    assert 400 == (await world.redeem(app, told["code"], code_verifier="w" * 43)).status_code


async def test_what_an_app_has_pushed(world: World) -> None:
    """An app that always pushes uses the widget by `request_uri`, once; a window goes on with the kept request."""
    app = await world.tell(rp.an_app(widget_origins=LISTED, require_pushed_authorization_requests=True))
    made = await world.post("/oauth/par", app, **{k: v for k, v in asking(app).items() if k != "client_id"})
    params = {"client_id": app.client_id, "request_uri": made.json()["request_uri"], "origin": SHOP}
    async with world.browser() as frame:
        answers = await asyncio.gather(*(frame.get("/widget", params=params) for _ in range(10)))
        assert [200] + [400] * 9 == sorted(answer.status_code for answer in answers)
        assert {"'none'"} == {value for one in answers if one.status_code == 400 for value in ancestors(one)}
        (page,) = [answer for answer in answers if answer.status_code == 200]
        assert list(LISTED) == ancestors(page)
        window = page.text.split('<a href="/oauth/authorize')[1].split('"')[0]
        assert window.startswith("/resume?request=")
        await approve(world, page)
        told = (await frame.post("/widget/finish", data={"holder": held(page)})).json()
    assert 200 == (await world.redeem(app, told["code"])).status_code


async def test_an_app_that_always_pushes_is_asked_for_that(world: World) -> None:
    """Plain parameters are refused to its page by message, as /oauth/authorize does by redirect."""
    app = await world.tell(rp.an_app(widget_origins=LISTED, require_pushed_authorization_requests=True))
    async with world.browser() as http:
        page = await http.get("/widget", params=asking(app, origin=SHOP))
    assert (200, True, True) == (page.status_code, "data-told=" in page.text, "/oauth/par" in page.text)


async def test_a_second_factor_is_owed(world: World) -> None:
    """The frame cannot ask for it, so the page is told that a window has to."""
    page, _ = await framed(world)
    account = await approve(world, page)
    await world.db.execute(
        "insert into totp_seeds (user_id, sealed, created_at, confirmed_at) values ($1, $2, $3, $3)",
        account.id,
        b"-",
        world.clock.now(),
    )
    async with world.browser() as frame:
        told = (await frame.post("/widget/finish", data={"holder": held(page)})).json()
    assert ("interaction_required", "st&te +ü") == (told["error"], told["state"])
    assert "code" not in told


async def test_a_code_challenge_is_needed(world: World) -> None:
    """Even of an app that may do without PKCE elsewhere; the page is told why, and no sign-in begins."""
    app = await world.tell(rp.an_app(widget_origins=LISTED, require_pkce=False))
    bare = asking(app, code_challenge=None, code_challenge_method=None, origin=SHOP)
    async with world.browser() as http:
        page = await http.get("/widget", params=bare)
    assert (200, True) == (page.status_code, "invalid_request" in page.text)
    assert 0 == await world.db.fetchval("select count(*) from qr_sessions")


@pytest.mark.parametrize(
    "change", [{"scope": "admin"}, {"prompt": "none"}, {"code_challenge_method": "plain"}], ids=str
)
async def test_what_the_client_is_told(world: World, change: dict[str, str]) -> None:
    """What /oauth/authorize would answer by redirect reaches the page by message, with its state."""
    page, _ = await framed(world, **change)
    assert (200, True) == (page.status_code, "data-told=" in page.text)
    assert "data-holder" not in page.text


async def test_what_is_shown_here_alone(world: World) -> None:
    """An unknown client, another redirect URI, a method that the app shuts: nobody's page holds the answer."""
    app = await world.tell(rp.an_app(widget_origins=LISTED, allowed_login_methods=("email",)))
    changes: tuple[tuple[dict[str, str], int], ...] = (
        ({"client_id": "logi_nobody"}, 400),
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({}, 403),
    )
    async with world.browser() as http:
        for change, status in changes:
            page = await http.get("/widget", params=asking(app, origin=SHOP, **change))
            assert (status, ["'none'"]) == (page.status_code, policy(page)["frame-ancestors"])


async def test_somebody_elses_frame(world: World) -> None:
    """What a frame holds is sealed by us and asked from our own origin; anything else is told nothing."""
    page, _ = await framed(world)
    async with world.browser() as http:
        for holder in ("", "x", held(page)[:-4] + "AAAA"):
            assert 404 == (await http.post("/widget/status", data={"holder": holder})).status_code
        foreign = {"origin": SHOP}
        form = {"holder": held(page)}
        assert 403 == (await http.post("/widget/finish", data=form, headers=foreign)).status_code


async def test_the_script_is_public(world: World) -> None:
    """Any page may load it; it is asked for again by its hash."""
    async with world.browser() as http:
        script = await http.get("/widget.js")
        assert ("cross-origin", "nosniff") == (
            script.headers["cross-origin-resource-policy"],
            script.headers["x-content-type-options"],
        )
        again = await http.get("/widget.js", headers={"if-none-match": script.headers["etag"]})
        assert 304 == again.status_code
