"""Token exchange (RFC 8693): keys of people become tokens, machines act for people, and both end with their cause."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest

from contracts.applications import Application
from contracts.ids import new_pak
from services.auth.accounts.store import Account
from services.auth.connected_apps import store as connected
from services.auth.token.on_behalf import ACCESS_TOKEN, PAK
from services.auth.token.request import TOKEN_EXCHANGE
from tests.auth.dpop.proofs import Holder, claims
from tests.auth.rp import SECRET, World, a_machine, an_app, changed
from tests.auth.token.test_resources_of_people import SHOP, a_resource, with_role


def an_exchanger(**changes: Any) -> Application:
    return a_machine(**{"allow_token_exchange": True, **changes})


async def a_key(world: World, account: Account, *scopes: str, **columns: Any) -> str:
    plain = new_pak()
    await world.db.execute(
        """insert into api_keys (user_id, name, sha256, last4, scopes, created_at, expires_at, revoked_at)
        values ($1, 'key', $2, '0000', $3, $4, $5, $6)""",
        account.id,
        sha256(plain.encode()).digest(),
        list(scopes),
        world.clock.now(),
        columns.get("expires_at"),
        columns.get("revoked_at"),
    )
    return plain


async def exchange(world: World, app: Application, token: str, kind: str = PAK, **form: str) -> httpx.Response:
    sent = {
        "grant_type": TOKEN_EXCHANGE,
        "client_id": app.client_id,
        "subject_token": token,
        "subject_token_type": kind,
    }
    return await world.token({**sent, **form}, SECRET if app.client_type == "confidential" else None)


async def test_a_key_becomes_a_token(world: World) -> None:
    """At most its scopes, no refresh token, a line in the log; revoking the key ends the token at once."""
    app, ada = await world.tell(an_exchanger()), await world.person("ada@exchange.example")
    key = await a_key(world, ada, "apps:read", "profile:read", "openid")
    answer = await exchange(world, app, key, scope="openid apps:read")
    body = answer.json()
    assert (200, ACCESS_TOKEN, "Bearer") == (answer.status_code, body["issued_token_type"], body["token_type"])
    assert ({"openid", "apps:read"}, False) == (set(body["scope"].split()), "refresh_token" in body)
    told = claims(body["access_token"])
    assert (ada.sub, app.client_id, False) == (told["sub"], told["aud"], "act" in told)
    assert 200 == (await world.userinfo(body["access_token"])).status_code
    rows = await world.db.fetch("select grant_type, outcome, sub from token_log where client_id = $1", app.client_id)
    assert [(TOKEN_EXCHANGE, "issued", ada.sub)] == [tuple(row) for row in rows]
    await world.db.execute("update api_keys set revoked_at = now() where user_id = $1", ada.id)
    assert 401 == (await world.userinfo(body["access_token"])).status_code


async def test_scope_escalation_by_exchange(world: World) -> None:
    """More than the key has is invalid_scope; a resource gives what key, role and request have in common."""
    await a_resource(world, SHOP, "read:things", "write:things")
    app = await world.tell(an_exchanger())
    ada = await with_role(world, await world.person("ada@more.example"), SHOP)
    key = await a_key(world, ada, "read:things")
    assert "invalid_scope" == (await exchange(world, app, key, scope="read:things apps:manage")).json()["error"]
    body = (await exchange(world, app, key, resource=SHOP)).json()
    assert (SHOP, "read:things") == (claims(body["access_token"])["aud"], body["scope"])
    assert "invalid_target" == (await exchange(world, app, key, resource="https://no.example")).json()["error"]


async def test_the_first_party_client_may_exchange_keys_but_not_act(world: World) -> None:
    """A public client cannot prove who it is, so that it never acts for anybody."""
    app = await world.tell(an_app(client_type="public", first_party=True, status="approved"))
    ada = await world.person("ada@first.example")
    assert 200 == (await exchange(world, app, await a_key(world, ada, "apps:read"))).status_code
    token = (await world.tokens(app, ada))["access_token"]
    assert "unauthorized_client" == (await exchange(world, app, token, ACCESS_TOKEN)).json()["error"]


async def test_a_machine_acts_for_a_person(world: World) -> None:
    """`act` names it, scopes and time are the person's token's at most, and it ends when that grant ends."""
    app, machine = await world.tell(an_app()), await world.tell(an_exchanger())
    ada = await world.person("ada@acted.example")
    token = (await world.tokens(app, ada))["access_token"]
    world.clock.advance(timedelta(minutes=10))
    answer = await exchange(world, machine, token, ACCESS_TOKEN, scope="openid")
    body = answer.json()
    assert (200, 300, "openid") == (answer.status_code, body["expires_in"], body["scope"]), answer.text
    told = claims(body["access_token"])
    assert (ada.sub, {"sub": machine.client_id}, machine.client_id) == (told["sub"], told["act"], told["aud"])
    assert 200 == (await world.userinfo(body["access_token"])).status_code
    seen = (await world.post("/oauth/introspect", machine, token=body["access_token"])).json()
    assert {"sub": machine.client_id} == seen["act"]
    again = await exchange(world, machine, body["access_token"], ACCESS_TOKEN)
    assert "invalid_request" == again.json()["error"]
    await world.post("/oauth/revoke", app, token=(await world.tokens(app, ada))["refresh_token"])
    await world.db.execute("update token_families set revoked_at = now() where client_id = $1", app.client_id)
    assert 401 == (await world.userinfo(body["access_token"])).status_code


@pytest.mark.parametrize("kind", [PAK, ACCESS_TOKEN])
async def test_who_may_not_exchange(world: World, kind: str) -> None:
    """Without the operator's permission: unauthorized_client; taken away, it is missing at once in every process."""
    plain, app = await world.tell(a_machine()), await world.tell(an_exchanger())
    ada = await world.person(f"ada{kind[-3:]}@may.example")
    token = await a_key(world, ada, "apps:read")
    if kind == ACCESS_TOKEN:
        token = (await world.tokens(await world.tell(an_app()), ada))["access_token"]
    assert "unauthorized_client" == (await exchange(world, plain, token, kind)).json()["error"]
    assert 200 == (await exchange(world, app, token, kind)).status_code
    await world.tell(changed(app, allow_token_exchange=False))
    assert "unauthorized_client" == (await exchange(world, app, token, kind)).json()["error"]


async def test_subjects_that_do_not_count(world: World) -> None:
    """Unknown, expired and revoked keys, those of people who are gone, tokens of machines, bound tokens, ID tokens."""
    app, ada, gone = (
        await world.tell(an_exchanger()),
        await world.person("a@no.example"),
        await world.person("g@no.example"),
    )
    now, rp = world.clock.now(), await world.tell(an_app())
    tokens = await world.tokens(rp, ada)
    one = Holder(world, rp)
    bound = (await one.redeem(await world.code(rp, ada))).json()["access_token"]
    await world.db.execute("update users set suspended_at = now() where id = $1", gone.id)
    keys = [
        new_pak(),
        "lpa_pat_x",
        "\ud7ff" * 50,
        await a_key(world, ada, expires_at=now),
        await a_key(world, ada, revoked_at=now),
        await a_key(world, gone),
    ]
    answers = [await exchange(world, app, key) for key in keys]
    subjects = (bound, tokens["id_token"], "a.b.c", tokens["refresh_token"])
    answers += [await exchange(world, app, token, ACCESS_TOKEN) for token in subjects]
    fine = await a_key(world, ada)
    answers.append(await exchange(world, app, fine, "urn:ietf:params:oauth:token-type:saml2"))
    answers.append(await exchange(world, app, fine, actor_token="x"))
    answers.append(await exchange(world, app, fine, requested_token_type="urn:ietf:params:oauth:token-type:id_token"))
    assert [(400, "invalid_request")] * 13 == [(one.status_code, one.json()["error"]) for one in answers]


async def test_a_token_is_not_longer_than_its_key(world: World) -> None:
    """A key with a minute left gives a token for a minute."""
    app, ada = await world.tell(an_exchanger()), await world.person("ada@minute.example")
    key = await a_key(world, ada, expires_at=world.clock.now() + timedelta(seconds=60))
    assert 60 == (await exchange(world, app, key)).json()["expires_in"]


async def test_giving_back_one_token_ends_what_was_exchanged_for_it(world: World) -> None:
    """By its jti alone, its siblings and their exchanges live on (RFC 8693 2.1 leaves it to us; auth.md 2.11)."""
    shop, machine = await world.tell(an_app()), await world.tell(an_exchanger())
    first = await world.tokens(shop, await world.person("jti@exchange.example"))
    second = (await world.refresh(shop, first["refresh_token"])).json()
    acting = [
        (await exchange(world, machine, one["access_token"], ACCESS_TOKEN)).json()["access_token"]
        for one in (first, second)
    ]
    assert 200 == (await world.post("/oauth/revoke", shop, token=first["access_token"])).status_code
    assert [401, 200] == [(await world.userinfo(token)).status_code for token in acting]
    seen = (await world.post("/oauth/introspect", machine, token=acting[0])).json()
    assert {"active": False} == seen


async def test_the_person_sees_who_acts_for_them(world: World) -> None:
    """Beside the app whose token it was; disconnecting that app ends the acting one too."""
    shop, machine = await world.tell(an_app()), await world.tell(an_exchanger(name="Night shift"))
    zoe = await world.person("zoe@exchange.example")
    tokens = await world.tokens(shop, zoe)
    acting = (await exchange(world, machine, tokens["access_token"], ACCESS_TOKEN)).json()["access_token"]
    (seen,) = await connected.of_person(world.db, zoe.id, world.clock.now())
    assert (shop.client_id, ("Night shift",)) == (seen.client_id, seen.acting)
    await world.post("/oauth/revoke", shop, token=tokens["access_token"])
    (after,) = await connected.of_person(world.db, zoe.id, world.clock.now())
    assert () == after.acting
    assert 401 == (await world.userinfo(acting)).status_code
