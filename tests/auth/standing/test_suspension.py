"""A suspended account: every path knows from the commit on, and what ended stays ended."""

import asyncio

import httpx
import msgspec
import pytest

from chassis.problems import NotFound
from contracts.principal import Pak
from services.auth.api_keys import make
from services.auth.standing import change
from services.auth.standing.change import AccountMerged, Act, LastAdministrator
from tests.auth.device.builders import a_cli, begun, decided, poll
from tests.auth.people import bearer
from tests.auth.rp import SECRET, World, an_app, asking


async def _key(world: World, user_id: int) -> str:
    caller = Pak(
        user_id=user_id,
        sub=str(user_id),
        role="developer",
        identity_verified_level=1,
        pak_id=0,
        scopes=("profile:read",),
    )
    return (await make.create(world.ground, caller, make.KeyRequest(name="A key", scopes=("profile:read",)))).plain


def act(world: World) -> Act:
    return Act("operator", world.clock.now())


async def _announced(world: World, tag: str, sub: str) -> list[dict[str, object]]:
    rows = await world.db.fetch("select payload from outbox where tag = $1 order by id", tag)
    events = [msgspec.json.decode(row["payload"], type=dict[str, object]) for row in rows]
    return [event for event in events if sub in (event.get("sub"), dict(event.get("user") or {}).get("sub"))]


async def test_every_path_refuses_at_once(world: World) -> None:
    """Session, API key, access token at the gateway, userinfo and introspection, refresh, code, device: none counts."""
    app = await world.tell(an_app(backchannel_logout_uri="https://rp.example/logout"))
    eve = await world.person("eve@standing.example")
    tokens = await world.tokens(app, eve)
    code, key = await world.code(app, eve), await _key(world, eve.id)
    cli = await world.tell(a_cli())
    device = await begun(world, cli)
    async with world.browser() as http:
        csrf = await world.sign_in(http, eve)
        assert 200 == (await decided(http, device["user_code"], csrf)).status_code
        await change.suspend(world.db, eve.id, act(world))
        assert 303 == (await http.get("/account")).status_code
        assert "/session/new" in (await http.get("/oauth/authorize", params=asking(app))).headers["location"]
        assert 401 == (await http.get("/api/v1/me", headers=bearer(key))).status_code
        assert 401 == (await http.get("/api/v1/me", headers=bearer(tokens["access_token"]))).status_code
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert {"active": False} == (await world.post("/oauth/introspect", app, token=token)).json()
    refreshed = await world.refresh(app, tokens["refresh_token"])
    assert (400, "invalid_grant") == (refreshed.status_code, refreshed.json()["error"])
    redeemed = await world.redeem(app, code)
    assert (400, "invalid_grant") == (redeemed.status_code, redeemed.json()["error"])
    assert 400 == (await poll(world, cli, device["device_code"])).status_code
    told = await world.db.fetchval("select count(*) from logout_outbox where sub = $1", eve.sub)
    assert told >= 1


async def test_it_is_announced_once(world: World) -> None:
    """Suspending twice announces once; applications hear of each family that ended; the trail has its line."""
    app = await world.tell(an_app())
    fred = await world.person("fred@standing.example")
    await world.tokens(app, fred)
    await asyncio.gather(*(change.suspend(world.db, fred.id, act(world)) for _ in range(4)))
    (event,) = await _announced(world, "auth.user.suspended", fred.sub)
    assert dict(event["user"] or {})["suspended_at"] is not None
    assert ["admin"] == [event["reason"] for event in await _announced(world, "auth.token.revoked", fred.sub)]
    lines = await world.db.fetch("select actor, action from account_audit where user_id = $1", fred.id)
    assert [("operator", "auth.user.suspended")] == [tuple(line) for line in lines]


async def test_coming_back_brings_no_session_back(world: World) -> None:
    """After reactivation the API key wakes up; sessions and refresh tokens have ended for good."""
    app = await world.tell(an_app())
    gina = await world.person("gina@standing.example")
    tokens, key = await world.tokens(app, gina), await _key(world, gina.id)
    async with world.browser() as http:
        await world.sign_in(http, gina)
        await change.suspend(world.db, gina.id, act(world))
        await change.reactivate(world.db, gina.id, act(world))
        assert 303 == (await http.get("/account")).status_code
        del http.headers["cookie"]
        assert 200 == (await http.get("/api/v1/me", headers=bearer(key))).status_code
    assert 400 == (await world.refresh(app, tokens["refresh_token"])).status_code
    assert 1 == len(await _announced(world, "auth.user.reactivated", gina.sub))


async def test_the_gateway_is_told(world: World) -> None:
    """Each change advances the number that empties the gateway's cache, in its own transaction."""
    hans = await world.person("hans@standing.example")
    steps = (
        lambda: change.role(world.db, hans.id, "developer", act(world)),
        lambda: change.suspend(world.db, hans.id, act(world)),
        lambda: change.reactivate(world.db, hans.id, act(world)),
    )
    for step in steps:
        before = await world.db.fetchval("select sequence from revocations")
        await step()
        assert before < await world.db.fetchval("select sequence from revocations")


async def test_who_loses_rights_is_signed_out(world: World) -> None:
    """A developer who becomes a user keeps no token with a developer's scope; the other way nothing ends."""
    ines = await world.person("ines@standing.example")
    await change.role(world.db, ines.id, "developer", act(world))
    async with world.browser() as http:
        await world.sign_in(http, ines)
        await change.role(world.db, ines.id, "user", act(world))
        assert 303 == (await http.get("/account")).status_code
        await world.sign_in(http, ines)
        await change.role(world.db, ines.id, "developer", act(world))
        assert 200 == (await http.get("/account")).status_code


async def test_one_administrator_stays(world: World) -> None:
    """Of two administrators who put each other out at once, one stays."""
    jo, kim = await world.person("jo@standing.example"), await world.person("kim@standing.example")
    for one in (jo, kim):
        await change.role(world.db, one.id, "admin", act(world))
    ends = await asyncio.gather(
        change.suspend(world.db, jo.id, act(world)),
        change.role(world.db, kim.id, "user", act(world)),
        return_exceptions=True,
    )
    assert 1 == sum(isinstance(end, LastAdministrator) for end in ends)


@pytest.mark.parametrize("word", ["suspend", "reactivate"])
async def test_an_account_that_is_gone_is_not_found(world: World, word: str) -> None:
    """An operator's typing error changes nothing and says so."""
    with pytest.raises(NotFound):
        await getattr(change, word)(world.db, 10**9, act(world))


def _basic(client_id: str) -> httpx.BasicAuth:
    return httpx.BasicAuth(client_id, SECRET)


async def test_levels_are_reported_upwards_by_reviewed_apps(world: World) -> None:
    """An approved app with the scope raises the level of its own people; nobody else's, and never down."""
    scopes = ("openid", "email", "identity:report")
    app = await world.tell(an_app(status="approved", allowed_scopes=scopes))
    sandbox = await world.tell(an_app(allowed_scopes=scopes))
    lea, max_ = await world.person("lea@standing.example"), await world.person("max@standing.example")
    for one in (app, sandbox):
        await world.tokens(one, lea)
    async with world.browser() as http:
        path = f"/api/v1/users/{lea.sub}/identity_verified"
        refused = await http.post(path, json={"level": 3}, auth=_basic(sandbox.client_id))
        assert (403, "insufficient_scope") == (refused.status_code, refused.json()["error"])
        good = await http.post(path, json={"level": 3}, auth=_basic(app.client_id))
        assert {"sub": lea.sub, "identity_verified_level": 3} == good.json()
        lower = await http.post(path, json={"level": 2}, auth=_basic(app.client_id))
        assert 3 == lower.json()["identity_verified_level"]
        foreign = await http.post(path.replace(lea.sub, max_.sub), json={"level": 3}, auth=_basic(app.client_id))
        assert 404 == foreign.status_code
        for body in ({"level": 1}, {"level": 4}, {}):
            assert 400 <= (await http.post(path, json=body, auth=_basic(app.client_id))).status_code < 500
    assert 1 == len(await _announced(world, "auth.user.identity_verified", lea.sub))
    assert [(app.client_id,)] == [
        tuple(row) for row in await world.db.fetch("select actor from account_audit where user_id = $1", lea.id)
    ]


async def test_an_access_token_reports_with_its_scope(world: World) -> None:
    """A person's token that carries `identity:report` counts for their app; one without it does not."""
    app = await world.tell(an_app(status="approved", allowed_scopes=("openid", "email", "identity:report")))
    nia = await world.person("nia@standing.example")
    path = f"/api/v1/users/{nia.sub}/identity_verified"
    plain = (await world.tokens(app, nia))["access_token"]
    strong = (await world.tokens(app, nia, scope="openid identity:report", prompt="consent"))["access_token"]
    async with world.browser() as http:
        assert 403 == (await http.post(path, json={"level": 2}, headers=bearer(plain))).status_code
        assert 200 == (await http.post(path, json={"level": 2}, headers=bearer(strong))).status_code


async def test_an_absorbed_account_stays_out(world: World) -> None:
    """What a merge has ended is not brought back by reactivating it."""
    one, other = await world.person("one@merged.example"), await world.person("other@merged.example")
    await world.db.execute("update users set merged_into = $2, suspended_at = now() where id = $1", one.id, other.id)
    with pytest.raises(AccountMerged):
        await change.reactivate(world.db, one.id, act(world))
