"""Signing in by a picture: start, scan, approve or deny, go on (auth.md 2.4)."""

import asyncio
import secrets
from datetime import timedelta

import httpx
import pytest

from chassis.clock import FrozenClock
from contracts.principal import Pak
from services.auth.accounts import store as accounts
from services.auth.api_keys import make
from tests.auth import rp
from tests.auth.rp import World, asking, told

SCREEN = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"}


async def key_of(world: World, account: accounts.Account, *scopes: str) -> dict[str, str]:
    """Headers with a personal API key of this account."""
    wanted = scopes or ("profile:read", "profile:write")
    caller = Pak(user_id=account.id, sub=account.sub, role="user", identity_verified_level=1, pak_id=0, scopes=wanted)
    made = await make.create(world.ground, caller, make.KeyRequest(name="app", scopes=wanted))
    return {"authorization": f"Bearer {made.plain}"}


async def person(world: World) -> accounts.Account:
    return await world.person(f"{secrets.token_hex(6)}@example.com")


async def start(http: httpx.AsyncClient, world: World, **changes: str) -> tuple[dict[str, object], rp.Application]:
    """The picture of a fresh app's authorization request."""
    app = await world.tell(rp.an_app())
    answer = await http.post("/oauth/qr/start", data=asking(app, **changes), headers=SCREEN)
    assert 200 == answer.status_code, answer.text
    return answer.json(), app


async def go_on(http: httpx.AsyncClient) -> httpx.Response:
    """Sends the form of the page that shows whose word came, whether or not it shows it."""
    page = await http.get("/session/new?again=1")
    return await http.post(
        "/session/qr", data={"csrf_token": page.text.split('name="csrf_token" value="')[1].split('"')[0]}
    )


async def status(http: httpx.AsyncClient, begun: dict[str, object]) -> str:
    return str((await http.get(str(begun["cable_path"]))).json().get("status"))


async def test_with_the_app(world: World) -> None:
    """The app reads who asks, scans, approves; the browser learns each step, goes on, and the app gets its code."""
    account = await person(world)
    key = await key_of(world, account)
    async with world.browser() as http, world.browser() as phone:
        begun, app = await start(http, world)
        payload = f"http://localhost:8000/account/qr?session={begun['session_id']}&domain=localhost%3A8000"
        assert (payload, 300) == (begun["qr_payload"], begun["expires_in"])
        path = f"/api/v1/oauth/qr/{begun['session_id']}"
        shown = (await phone.get(path, headers=key)).json()
        assert ("Shop", ["openid", "email"]) == (shown["application"]["name"], shown["scopes"])
        assert {"label": "Chrome · Linux", "ip": "192.0.2.7"} == shown["browser"]
        assert begun["number"] == shown["number"]
        assert "pending" == await status(http, begun)
        assert 200 == (await phone.post(f"{path}/scan", headers=key)).status_code
        assert "scanned" == await status(http, begun)
        approved = await phone.post(f"{path}/approve", headers=key, json={"number": begun["number"]})
        assert {"status": "approved"} == approved.json()
        assert "approved" == await status(http, begun)
        assert str(account.email) in (await http.get("/session/qr")).text
        answer = await go_on(http)
        assert 303 == answer.status_code
        code = told(await http.get(answer.headers["location"]))["code"]
        assert 200 == (await world.redeem(app, code)).status_code


async def test_another_browser_cannot_finish(world: World) -> None:
    """Whoever sees the picture, or knows its id, is neither told how it stands nor signed in."""
    account = await person(world)
    key = await key_of(world, account)
    async with world.browser() as http, world.browser() as thief:
        begun, _ = await start(http, world)
        other, _ = await start(thief, world)
        path = f"/api/v1/oauth/qr/{begun['session_id']}"
        for step in ("scan", "approve"):
            await http.post(f"{path}/{step}", headers=key)
        assert 404 == (await thief.get(str(begun["cable_path"]))).status_code
        assert "pending" == await status(thief, other)
        assert 404 == (await go_on(thief)).status_code
        forged = str(http.cookies["logi_qr"])[:-4] + "AAAA"
        thief.cookies.set("logi_qr", forged, domain="localhost.local")
        assert "logi_session" not in thief.cookies
        assert 303 == (await go_on(http)).status_code


async def test_a_picture_works_once(world: World) -> None:
    """Ten approvals at once: one counts. Ten browsers' tabs go on at once: one session begins."""
    account = await person(world)
    key = await key_of(world, account)
    async with world.browser() as http:
        begun, _ = await start(http, world)
        path = f"/api/v1/oauth/qr/{begun['session_id']}"
        await http.post(f"{path}/scan", headers=key)
        answers = await asyncio.gather(*(http.post(f"{path}/approve", headers=key) for _ in range(10)))
        assert [200] + [404] * 9 == sorted(answer.status_code for answer in answers)
        page = (await http.get("/session/qr")).text
        token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
        kept = {"cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items())}
        answers = await asyncio.gather(*(http.post("/session/qr", data=token, headers=kept) for _ in range(10)))
        assert [303] + [404] * 9 == sorted(answer.status_code for answer in answers)
    rows = "select count(*) from sessions where user_id = $1 and 'mca' = any(methods)"
    assert 1 == await world.db.fetchval(rows, account.id)


async def test_scanned_by_one_decided_by_the_same(world: World) -> None:
    """After a scan the sign-in is that person's alone to decide; without one nobody decides."""
    first, second = await person(world), await person(world)
    mine, theirs = await key_of(world, first), await key_of(world, second)
    async with world.browser() as http:
        begun, _ = await start(http, world)
        path = f"/api/v1/oauth/qr/{begun['session_id']}"
        assert 404 == (await http.post(f"{path}/approve", headers=mine)).status_code
        for _ in range(2):
            assert 200 == (await http.post(f"{path}/scan", headers=mine)).status_code
        for step in ("scan", "approve", "deny"):
            assert 404 == (await http.post(f"{path}/{step}", headers=theirs)).status_code
        assert 404 == (await http.get(path, headers=theirs)).status_code
        assert {"status": "denied"} == (await http.post(f"{path}/deny", headers=mine)).json()
        assert 404 == (await http.post(f"{path}/approve", headers=mine)).status_code
        assert "denied" == await status(http, begun)
        assert 404 == (await go_on(http)).status_code


async def test_races(world: World) -> None:
    """Two people scan at once: one may decide. Yes and no at once: one counts, and the browser is told that one."""
    keys = [await key_of(world, await person(world)) for _ in range(2)]
    for _ in range(5):
        async with world.browser() as http:
            begun, _app = await start(http, world)
            path = f"/api/v1/oauth/qr/{begun['session_id']}"
            scans = await asyncio.gather(*(http.post(f"{path}/scan", headers=key) for key in keys))
            assert [200, 404] == sorted(answer.status_code for answer in scans)
            winner = keys[[answer.status_code for answer in scans].index(200)]
            words = await asyncio.gather(*(http.post(f"{path}/{word}", headers=winner) for word in ("approve", "deny")))
            assert [200, 404] == sorted(answer.status_code for answer in words)
            said = next(answer.json()["status"] for answer in words if answer.status_code == 200)
            assert said == await status(http, begun)


async def test_a_key_needs_its_scopes(world: World) -> None:
    """A key that may only read looks and does nothing; without a key nobody looks."""
    key = await key_of(world, await person(world), "profile:read")
    async with world.browser() as http:
        begun, _ = await start(http, world)
        path = f"/api/v1/oauth/qr/{begun['session_id']}"
        assert 200 == (await http.get(path, headers=key)).status_code
        for step in ("scan", "approve", "deny"):
            assert 403 == (await http.post(f"{path}/{step}", headers=key)).status_code
            assert 401 == (await http.post(f"{path}/{step}")).status_code
        assert 401 == (await http.get(path)).status_code


async def test_it_is_over_after_five_minutes(world: World) -> None:
    """At every step: scanning, approving and going on."""
    clock = world.clock
    assert isinstance(clock, FrozenClock)
    key = await key_of(world, await person(world))
    for done in (0, 1, 2):
        async with world.browser() as http:
            begun, _ = await start(http, world)
            steps = [f"/api/v1/oauth/qr/{begun['session_id']}/{step}" for step in ("scan", "approve")]
            for step in steps[:done]:
                assert 200 == (await http.post(step, headers=key)).status_code
            clock.advance(timedelta(minutes=5))
            assert "expired" == await status(http, begun)
            for step in steps[done : done + 1]:
                assert 404 == (await http.post(step, headers=key)).status_code
            assert 404 == (await go_on(http)).status_code


async def test_by_another_browser_of_the_person(world: World) -> None:
    """The picture's address opens a page on a phone that is signed in: who asks, which browser, yes or no."""
    account = await person(world)
    async with world.browser() as http, world.browser() as phone:
        begun, app = await start(http, world)
        csrf = await world.sign_in(phone, account)
        page = await phone.get(str(begun["qr_payload"]))
        for words in ("Shop", "Chrome · Linux", "192.0.2.7", str(account.email)):
            assert words in page.text
        assert f">{begun['number']}<" not in page.text
        assert "scanned" == await status(http, begun)
        decision = {"session": str(begun["session_id"]), "decision": "allow", "csrf_token": csrf}
        assert (
            403
            == (
                await phone.post("/account/qr/decision", data={**decision, "csrf_token": "-", "number": "10"})
            ).status_code
        )
        done = await phone.post("/account/qr/decision", data={**decision, "number": str(begun["number"])})
        assert (200, True) == (done.status_code, "goes on" in done.text)
        answer = await go_on(http)
        assert "code" in told(await http.get(answer.headers["location"])), "the consent went with the approval"
        assert app.client_id in [
            row["client_id"]
            for row in await world.db.fetch("select client_id from grants where user_id = $1", account.id)
        ]


@pytest.mark.parametrize("number", ["", "0", "09", "1", "100", "x1", "١٢"])
async def test_a_wrong_number_refuses(world: World, number: str) -> None:
    """Once: afterwards the right one is too late."""
    account = await person(world)
    async with world.browser() as http, world.browser() as phone:
        begun, _ = await start(http, world)
        csrf = await world.sign_in(phone, account)
        await phone.get(str(begun["qr_payload"]))
        decision = {"session": str(begun["session_id"]), "decision": "allow", "csrf_token": csrf}
        assert 422 == (await phone.post("/account/qr/decision", data={**decision, "number": number})).status_code
        assert "denied" == await status(http, begun)
        right = {**decision, "number": str(begun["number"])}
        assert 404 == (await phone.post("/account/qr/decision", data=right)).status_code


async def test_what_starts_nothing(world: World) -> None:
    """No client or an unknown one, parameters that are refused anyway, another site's form, a method that is shut."""
    app = await world.tell(rp.an_app())
    shut = await world.tell(rp.an_app(allowed_login_methods=("email",)))
    async with world.browser() as http:
        for params in ({}, asking(app, client_id="logi_nobody")):
            answer = await http.post("/oauth/qr/start", data=params)
            assert (400, "unknown client_id") == (answer.status_code, answer.json()["error_description"])
        for change in ({"redirect_uri": "http://evil.example/"}, {"code_challenge": None}, {"scope": "admin"}):
            assert 400 == (await http.post("/oauth/qr/start", data=asking(app, **change))).status_code
        foreign = {"origin": "https://evil.example"}
        assert 403 == (await http.post("/oauth/qr/start", data=asking(app), headers=foreign)).status_code
        assert 403 == (await http.post("/oauth/qr/start", data={"return_to": "/console"})).status_code
        refused = await http.post("/oauth/qr/start", data=asking(shut))
        assert (403, "login_method_not_allowed") == (refused.status_code, refused.json()["error"])
        assert "logi_qr" not in http.cookies


async def test_an_approval_is_no_step_up(world: World) -> None:
    """A key, or a session of weeks ago, makes a session that has shown nothing afresh: sensitive acts still ask."""
    account = await person(world)
    key = await key_of(world, account)
    async with world.browser() as http:
        begun, _ = await start(http, world)
        for step in ("scan", "approve"):
            await http.post(f"/api/v1/oauth/qr/{begun['session_id']}/{step}", headers=key)
        assert 303 == (await go_on(http)).status_code
        page = (await http.get("/account/identities")).text
        csrf = {"x-logi-csrf-token": page.split('name="csrf_token" value="')[1].split('"')[0]}
        refused = await http.delete("/api/v1/me/connected_identities/google", headers=csrf)
        assert (403, "step_up_required") == (refused.status_code, refused.json()["error"])


async def test_a_second_factor_is_asked_for(world: World) -> None:
    """A key has shown none, so the browser that it lets in owes one."""
    account = await person(world)
    key = await key_of(world, account)
    await world.db.execute(
        "insert into totp_seeds (user_id, sealed, created_at, confirmed_at) values ($1, $2, $3, $3)",
        account.id,
        b"-",
        world.clock.now(),
    )
    async with world.browser() as http:
        begun, _ = await start(http, world)
        for step in ("scan", "approve"):
            await http.post(f"/api/v1/oauth/qr/{begun['session_id']}/{step}", headers=key)
        answer = await go_on(http)
        assert (303, "/session/second") == (answer.status_code, answer.headers["location"].split("?")[0])
        assert "logi_session" not in http.cookies


async def test_from_the_sign_in_page_to_the_console(world: World) -> None:
    """The button needs no app: who approves it is signed in here. The page refreshes itself without scripts."""
    account = await person(world)
    key = await key_of(world, account)
    async with world.browser() as http:
        page = (await http.get("/session/new?return_to=%2Faccount")).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"return_to": "/account", "csrf_token": token}
        answer = await http.post("/oauth/qr/start", data=form, headers={"accept": "text/html"})
        assert (303, "/session/qr") == (answer.status_code, answer.headers["location"])
        shown = (await http.get("/session/qr")).text
        assert '<noscript><meta http-equiv="refresh"' in shown
        path = f"/api/v1/oauth/qr/{shown.split('/oauth/qr/')[1].split('/status')[0]}"
        assert (await http.get(path, headers=key)).json()["application"] is None
        for step in ("scan", "approve"):
            assert 200 == (await http.post(f"{path}/{step}", headers=key)).status_code
        done = await go_on(http)
        assert (303, "/account") == (done.status_code, done.headers["location"])
        assert 200 == (await http.get("/account")).status_code
