"""The device grant (RFC 8628): codes, polling, the page, and what is refused."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from services.auth.device import codes
from services.auth.token.request import DEVICE_CODE
from services.auth.tokens import revoke
from tests.auth.device.builders import a_cli, begun, decided, poll, typed
from tests.auth.rp import World, an_app, changed


async def test_a_device_is_let_in(world: World) -> None:
    """From the code on its screen to tokens, which userinfo takes; the log has one line, waiting leaves none."""
    app, ada = await world.tell(a_cli()), await world.person("ada@device.example")
    device = await begun(world, app)
    assert (600, 5) == (device["expires_in"], device["interval"])
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", device["user_code"])
    assert f"{device['verification_uri']}?user_code={device['user_code']}" == device["verification_uri_complete"]
    assert "authorization_pending" == (await poll(world, app, device["device_code"])).json()["error"]
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = await typed(http, device["user_code"].lower().replace("-", ""), csrf)
        assert (200, True) == (page.status_code, device["user_code"] in page.text)
        assert "is in" in (await decided(http, device["user_code"], csrf)).text
    answer = await poll(world, app, device["device_code"])
    assert (200, "openid email") == (answer.status_code, answer.json()["scope"]), answer.text
    assert {"refresh_token", "id_token"} <= set(answer.json())
    assert ada.sub == (await world.userinfo(answer.json()["access_token"])).json()["sub"]
    assert 200 == (await world.refresh(app, answer.json()["refresh_token"])).status_code
    rows = await world.db.fetch("select outcome from token_log where client_id = $1 order by at", app.client_id)
    assert ["issued", "issued"] == [row["outcome"] for row in rows]


async def test_the_link_spares_typing(world: World) -> None:
    """verification_uri_complete leads over the sign-in page to the device's own page with a QR code of itself."""
    app, ada = await world.tell(a_cli()), await world.person("ada@link.example")
    device = await begun(world, app)
    link = device["verification_uri_complete"].removeprefix("http://localhost:8000")
    async with world.browser() as http:
        door = await http.get(link)
        assert 303 == door.status_code
        assert link in unquote(door.headers["location"])
        await world.sign_in(http, ada)
        page = await http.get(link)
    assert 'src="data:image/svg+xml' in page.text
    assert "img-src 'self' data:" in page.headers["content-security-policy"]


async def test_who_declines_is_believed(world: World) -> None:
    """access_denied, for ever; the code cannot be allowed afterwards."""
    app, ada = await world.tell(a_cli()), await world.person("ada@deny.example")
    device = await begun(world, app)
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        assert "stays out" in (await decided(http, device["user_code"], csrf, "deny")).text
        assert 400 == (await decided(http, device["user_code"], csrf)).status_code
    answer = await poll(world, app, device["device_code"])
    assert (400, "access_denied") == (answer.status_code, answer.json()["error"])


async def test_who_asks_too_often_waits_longer(world: World) -> None:
    """Each slow_down adds five seconds to the interval (RFC 8628 section 3.5)."""
    app = await world.tell(a_cli())
    code = (await begun(world, app))["device_code"]
    errors = []
    for pause in (0, 4, 9, 14.5, 15.5):
        world.clock.advance(timedelta(seconds=pause))
        errors.append((await poll(world, app, code)).json()["error"])
    pending, slow = "authorization_pending", "slow_down"
    assert [pending, slow, slow, slow, slow] == errors
    world.clock.advance(timedelta(seconds=25))
    assert pending == (await poll(world, app, code)).json()["error"]


async def test_a_device_code_expires(world: World) -> None:
    """After ten minutes: expired_token for the device, an unknown code for the person."""
    app, ada = await world.tell(a_cli()), await world.person("ada@late.example")
    device = await begun(world, app)
    world.clock.advance(timedelta(minutes=10, seconds=1))
    assert "expired_token" == (await poll(world, app, device["device_code"])).json()["error"]
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        assert 400 == (await typed(http, device["user_code"], csrf)).status_code


async def test_one_time_tokens_used_twice_a_device_code(world: World) -> None:
    """Of twenty polls over two processes one gets tokens."""
    app, ada, other = await world.tell(a_cli()), await world.person("ada@twice.example"), world.process()
    device = await begun(world, app)
    async with world.browser() as http:
        await decided(http, device["user_code"], await world.sign_in(http, ada))
    answers = await asyncio.gather(
        *(poll((world, other)[number % 2], app, device["device_code"]) for number in range(20))
    )
    assert [200, *[400] * 19] == sorted(answer.status_code for answer in answers)
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert "device code already used" == refused.json()["error_description"]


async def test_a_device_code_is_its_clients_own(world: World) -> None:
    """Another client's poll finds nothing and disturbs nothing."""
    app, thief = await world.tell(a_cli()), await world.tell(a_cli())
    device = await begun(world, app)
    assert "device code not found" == (await poll(world, thief, device["device_code"])).json()["error_description"]
    assert "authorization_pending" == (await poll(world, app, device["device_code"])).json()["error"]


async def test_user_code_brute_force_by_one_person(world: World) -> None:
    """Five wrong codes, then 429 until the time is over, even for the right one and at every door of the page."""
    app, mallory = await world.tell(a_cli()), await world.person("mallory@guess.example")
    device = await begun(world, app)
    async with world.browser() as http:
        csrf = await world.sign_in(http, mallory)
        for _ in range(3):
            assert 400 == (await typed(http, codes.new_user_code(), csrf)).status_code
        assert 400 == (await http.get(f"/cli/activate?user_code={codes.new_user_code()}")).status_code
        assert 400 == (await decided(http, codes.new_user_code(), csrf)).status_code
        answers = [
            await typed(http, device["user_code"], csrf),
            await http.get(f"/cli/activate?user_code={device['user_code']}"),
            await decided(http, device["user_code"], csrf),
        ]
        assert [429, 429, 429] == [answer.status_code for answer in answers]
        assert {"600"} == {answer.headers["retry-after"] for answer in answers}
        world.clock.advance(timedelta(minutes=10, seconds=1))
        later = await begun(world, app)
        assert 200 == (await typed(http, later["user_code"], csrf)).status_code


async def test_right_codes_are_no_tries(world: World) -> None:
    """Who looks at the same device ten times is not locked out."""
    app, ada = await world.tell(a_cli()), await world.person("ada@again.example")
    device = await begun(world, app)
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        answers = [await typed(http, device["user_code"], csrf) for _ in range(10)]
    assert {200} == {answer.status_code for answer in answers}


async def test_device_flow_scope_escalation(world: World) -> None:
    """Nothing outside allowed_scopes can be asked for, and nobody gives what they do not have."""
    app, user = await world.tell(a_cli(status="approved")), await world.person("user@scopes.example")
    refused = await world.post("/oauth/device_authorization", app, scope="openid identity:level")
    assert (400, "invalid_scope") == (refused.status_code, refused.json()["error"])
    device = await begun(world, app, "openid console:read console:manage")
    async with world.browser() as http:
        csrf = await world.sign_in(http, user)
        assert "Manage your apps" not in (await typed(http, device["user_code"], csrf)).text
        await decided(http, device["user_code"], csrf)
    assert "openid console:read" == (await poll(world, app, device["device_code"])).json()["scope"]


async def test_device_flow_user_not_allowed(world: World) -> None:
    """A person who is suspended between the yes and the poll gets no tokens."""
    app, ada = await world.tell(a_cli()), await world.person("ada@gone.example")
    device = await begun(world, app)
    async with world.browser() as http:
        await decided(http, device["user_code"], await world.sign_in(http, ada))
    await world.db.execute("update users set suspended_at = now() where id = $1", ada.id)
    answer = await poll(world, app, device["device_code"])
    assert (400, "the account is not active") == (answer.status_code, answer.json()["error_description"])


async def test_a_disconnected_app_gets_no_tokens(world: World) -> None:
    """A person lets the device in and disconnects the app before it polls."""
    app, ada = await world.tell(a_cli()), await world.person("ada@disconnect.example")
    device = await begun(world, app)
    async with world.browser() as http:
        await decided(http, device["user_code"], await world.sign_in(http, ada))
    async with world.db.transaction() as tx:
        assert await revoke.revoke_app_tokens(tx, ada.id, app.client_id)
    assert "access_denied" == (await poll(world, app, device["device_code"])).json()["error"]


async def test_csrf_at_the_device_page(world: World) -> None:
    """Without the session's own token nothing is looked up or decided."""
    app, ada = await world.tell(a_cli()), await world.person("ada@csrf.example")
    device = await begun(world, app)
    async with world.browser() as http:
        await world.sign_in(http, ada)
        assert 403 == (await typed(http, device["user_code"], "wrong")).status_code
        assert 403 == (await decided(http, device["user_code"], "")).status_code
    assert "authorization_pending" == (await poll(world, app, device["device_code"])).json()["error"]


async def test_reflected_xss_in_the_device_page(world: World) -> None:
    """What was typed comes back as text."""
    ada = await world.person("ada@xss.example")
    async with world.browser() as http:
        await world.sign_in(http, ada)
        page = await http.get("/cli/activate", params={"user_code": '"><script>alert(1)</script>'})
    assert (400, False) == (page.status_code, "<script>alert" in page.text)


@pytest.mark.parametrize(
    ("app", "status", "error"),
    [
        (an_app(client_type="public"), 400, "unauthorized_client"),
        (a_cli(status="suspended"), 400, "unauthorized_client"),
        (a_cli(status="pending", hard_flagged=True), 400, "unauthorized_client"),
    ],
    ids=["grant not allowed", "suspended", "flagged"],
)
async def test_apps_that_may_not_use_devices(world: World, app, status: int, error: str) -> None:
    """Grant type, suspension and a hard flag are looked at before a code is made."""
    answer = await world.post("/oauth/device_authorization", await world.tell(app), scope="openid")
    assert (status, error) == (answer.status_code, answer.json()["error"])


async def test_deactivated_client_still_served_by_a_device_code(world: World) -> None:
    """Suspended while a person looks at the page: the code is unknown to them, and no poll is answered with tokens."""
    app, ada = await world.tell(a_cli()), await world.person("ada@suspended.example")
    device, first = await begun(world, app), await begun(world, app)
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        await decided(http, first["user_code"], csrf)
        await world.tell(changed(app, status="suspended"))
        assert 400 == (await typed(http, device["user_code"], csrf)).status_code
    answer = await poll(world, app, first["device_code"])
    assert (400, "unauthorized_client") == (answer.status_code, answer.json()["error"])


async def test_the_short_grant_type_is_tolerated(world: World) -> None:
    """`device_code` means the URN (auth.md 2.3); discovery names the URN and the endpoint."""
    app = await world.tell(a_cli())
    device = await begun(world, app)
    answer = await poll(world, app, device["device_code"], grant_type="device_code")
    assert "authorization_pending" == answer.json()["error"]
    async with world.browser() as http:
        document = (await http.get("/.well-known/openid-configuration")).json()
    assert DEVICE_CODE in document["grant_types_supported"]
    assert document["device_authorization_endpoint"].endswith("/oauth/device_authorization")
