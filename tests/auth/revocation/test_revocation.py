"""RFC 7009: what is given back is dead everywhere at once, and only its own client gives it back."""

import msgspec
import pytest

from contracts.principal import Refused
from contracts.questions.auth import PrincipalOf
from services.auth.principals import revocations
from tests.auth.rp import RESOURCE, SECRET, World, a_machine, an_app, changed, with_management

REVOKE, INTROSPECT = "/oauth/revoke", "/oauth/introspect"


async def test_an_access_token_is_dead_in_every_process_at_once(world: World) -> None:
    """Userinfo, introspection and the gateway's question refuse it in the other process; the gateway is woken."""
    app, other = await world.tell(an_app()), world.process()
    tokens = await world.tokens(app, await world.person("ada@revoke.example"))
    token = tokens["access_token"]
    assert 200 == (await other.userinfo(token)).status_code
    before = await revocations.current(world.db)
    answer = await world.post(REVOKE, app, token=token, token_type_hint="access_token")
    assert (200, b"") == (answer.status_code, answer.content)
    assert 401 == (await other.userinfo(token)).status_code
    assert {"active": False} == (await other.post(INTROSPECT, app, token=token)).json()
    assert Refused(why="revoked") == await other.gate.resolver.of(PrincipalOf(authorization=f"Bearer {token}"))
    assert before + 1 == await revocations.current(world.db)
    assert 200 == (await other.refresh(app, tokens["refresh_token"])).status_code


async def test_a_refresh_token_takes_its_family_along(world: World) -> None:
    """The access tokens of it die too, and the application hears `token.revoked` once."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("bob@revoke.example"))
    for _ in range(2):
        assert 200 == (await world.post(REVOKE, app, token=tokens["refresh_token"])).status_code
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    answer = await world.refresh(app, tokens["refresh_token"])
    assert ("invalid_grant", "refresh token revoked") == (answer.json()["error"], answer.json()["error_description"])
    sql = "select payload from outbox where tag = 'auth.token.revoked' order by id"
    told = [msgspec.json.decode(row["payload"]) for row in await world.db.fetch(sql)]
    mine = [event for event in told if event["client_ids"] == [app.client_id]]
    assert [("user_request", None)] == [(event["reason"], event["jti"]) for event in mine]


async def test_a_retired_refresh_token_takes_the_family_along_as_well(world: World) -> None:
    """Whoever gives back an old one wants to be rid of the new one."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("carol@revoke.example"))
    fresh = (await world.refresh(app, tokens["refresh_token"])).json()
    assert 200 == (await world.post(REVOKE, app, token=tokens["refresh_token"])).status_code
    assert 400 == (await world.refresh(app, fresh["refresh_token"])).status_code


async def test_a_machines_token_is_given_back(world: World) -> None:
    """It belongs to nobody, so nobody is told, but it is dead."""
    machine = await with_management(world, a_machine())
    form = {"grant_type": "client_credentials", "client_id": machine.client_id, "resource": RESOURCE}
    token = (await world.token(form)).json()["access_token"]
    assert (await world.post(INTROSPECT, machine, token=token)).json()["active"]
    assert 200 == (await world.post(REVOKE, machine, token=token)).status_code
    assert {"active": False} == (await world.post(INTROSPECT, machine, token=token)).json()


@pytest.mark.parametrize("token", ["unknown", "a.b.c", "logi_rt_x", "lpa_pat_x", "ü" * 30])
async def test_an_unknown_token_is_dead_already(world: World, token: str) -> None:
    """200, whatever the hint says (RFC 7009 section 2.2)."""
    app = await world.tell(an_app())
    answer = await world.post(REVOKE, app, token=token, token_type_hint="nothing_we_know")
    assert 200 == answer.status_code


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_nobody_gives_back_what_is_anothers(world: World, kind: str) -> None:
    """invalid_grant, and the token lives on."""
    app, other = await world.tell(an_app()), await world.tell(an_app())
    tokens = await world.tokens(app, await world.person(f"{kind}@another.example"))
    answer = await world.post(REVOKE, other, token=tokens[kind])
    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
    assert 200 == (await world.userinfo(tokens["access_token"])).status_code


async def test_a_public_client_needs_its_name_only(world: World) -> None:
    """A secret from it is a downgrade and refused."""
    app = await world.tell(an_app(client_type="public"))
    tokens = await world.tokens(app, await world.person("dave@revoke.example"))
    answer = await world.post(REVOKE, app, token=tokens["access_token"], client_secret=SECRET)
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])
    assert 200 == (await world.post(REVOKE, app, token=tokens["access_token"])).status_code
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code


async def test_an_id_token_is_no_token_to_give_back(world: World) -> None:
    """It is nothing that an endpoint of ours would take, so nothing happens."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("eve@revoke.example"))
    assert 200 == (await world.post(REVOKE, app, token=tokens["id_token"])).status_code
    assert 200 == (await world.userinfo(tokens["access_token"])).status_code


@pytest.mark.parametrize("path", [REVOKE, INTROSPECT])
async def test_an_old_secret_asks_for_nothing(world: World, path: str) -> None:
    """A process that still remembers the old record refuses, whatever the token."""
    app = await world.tell(an_app())
    token = (await world.tokens(app, await world.person(f"{path[7:]}@old.example")))["access_token"]
    await world.tell(changed(app, secret_sha256="0" * 64))
    for shown in (token, "garbage"):
        answer = await world.post(path, app, token=shown)
        assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("path", [REVOKE, INTROSPECT])
async def test_each_mistake_is_named(world: World, path: str) -> None:
    """Missing and repeated parameters, another content type, no client."""
    app = await world.tell(an_app())
    assert "token is missing." == (await world.post(path, app)).json()["error_description"]
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with world.browser() as http:
        twice = await http.post(path, content=f"token=a&token=b&client_id={app.client_id}", headers=form)
        json = await http.post(path, json={"token": "a"})
        nobody = await http.post(path, data={"token": "a"})
    assert (400, "token is given twice.") == (twice.status_code, twice.json()["error_description"])
    assert (400, "invalid_request") == (json.status_code, json.json()["error"])
    assert (401, "invalid_client") == (nobody.status_code, nobody.json()["error"])
