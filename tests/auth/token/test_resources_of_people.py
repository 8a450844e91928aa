"""Access tokens of a person for an API resource (RFC 8707, RFC 9068)."""

from typing import Any

import pytest

from contracts.applications import Application
from services.auth.accounts.store import Account
from tests.auth.dpop.proofs import Holder, claims
from tests.auth.rp import World, an_app, asking, consent, told

SHOP, BANK = "https://shop.example/api", "https://bank.example/api"


async def a_resource(world: World, indicator: str, *scopes: str, **changes: Any) -> None:
    """A resource with scopes that a role of its own name gives."""
    usual = {"signing_alg": "ES256", "access_token_ttl": 3600, **changes}
    await world.db.execute(
        """with r as (
            insert into api_resources (id, name, indicator, access_token_ttl, signing_alg, created_at)
            values ($1, $1, $1, $2, $3, now()) on conflict (id) do update set access_token_ttl = $2, signing_alg = $3
        ) insert into roles (id, name, description, type, created_at) values ($1, $1, '', 'User', now())
        on conflict do nothing""",
        indicator,
        usual["access_token_ttl"],
        usual["signing_alg"],
    )
    for scope in scopes:
        await world.db.execute(
            """with s as (
                insert into api_scopes (id, resource_id, name, created_at) values ($1 || $2, $1, $2, now())
                on conflict do nothing returning id
            ) insert into role_scopes (role_id, scope_id) select $1, id from s""",
            indicator,
            scope,
        )


async def with_role(world: World, account: Account, indicator: str) -> Account:
    await world.db.execute("insert into user_roles (user_id, role_id) values ($1, $2)", account.id, indicator)
    return account


async def code(world: World, app: Application, account: Account, *resources: str, **changes: str) -> dict[str, str]:
    """What the callback is told."""
    async with world.browser() as http:
        csrf = await world.sign_in(http, account)
        params = {**asking(app, **changes), "resource": list(resources)}
        answer = await http.get("/oauth/authorize", params=params)
        if answer.status_code == 200:
            answer = await consent(http, answer.text, csrf)
        return told(answer)


def an_api_app(**changes: Any) -> Application:
    return an_app(**{"allowed_scopes": ("openid", "read:things", "write:things"), **changes})


async def test_a_person_gets_a_token_for_an_api(world: World) -> None:
    """ES256 at+jwt for the resource alone, with the scopes that were asked for and that their roles give."""
    await a_resource(world, SHOP, "read:things", access_token_ttl=120)
    app = await world.tell(an_api_app())
    ada = await with_role(world, await world.person("ada@api.example"), SHOP)
    found = await code(world, app, ada, SHOP, scope="openid read:things write:things")
    answer = await world.redeem(app, found["code"], resource=SHOP)
    body = answer.json()
    assert (200, 120, "read:things") == (answer.status_code, body["expires_in"], body["scope"]), answer.text
    wanted = {"sub": ada.sub, "client_id": app.client_id, "aud": SHOP, "scope": "read:things", "amr": ["pwd"]}
    token = claims(body["access_token"])
    assert wanted == {name: token[name] for name in wanted}
    assert {"auth_time", "acr"} <= token.keys()
    assert "id_token" in body
    own = await world.refresh(app, body["refresh_token"])
    assert app.client_id == claims(own.json()["access_token"])["aud"]
    again = await world.refresh(app, own.json()["refresh_token"], resource=SHOP)
    assert SHOP == claims(again.json()["access_token"])["aud"]


async def test_each_resource_has_its_own_token(world: World) -> None:
    """Two granted, one at a time; what was not granted is invalid_target, and spends nothing."""
    await a_resource(world, SHOP, "read:things")
    await a_resource(world, BANK, signing_alg="RS256")
    app, ada = await world.tell(an_api_app()), await world.person("ada@two.example")
    found = await code(world, app, ada, SHOP, BANK, scope="openid")
    for wrong in ("https://other.example/api",):
        answer = await world.redeem(app, found["code"], resource=wrong)
        assert (400, "invalid_target") == (answer.status_code, answer.json()["error"])
    tokens = (await world.redeem(app, found["code"], resource=BANK)).json()
    assert BANK == claims(tokens["access_token"])["aud"]
    assert (
        SHOP == claims((await world.refresh(app, tokens["refresh_token"], resource=SHOP)).json()["access_token"])["aud"]
    )


@pytest.mark.parametrize(
    "resources", [("https://nobody.example",), (SHOP, "x"), tuple(f"https://{n}" for n in range(9))]
)
async def test_an_unknown_resource_is_told_to_the_app(world: World, resources: tuple[str, ...]) -> None:
    """invalid_target through the callback."""
    await a_resource(world, SHOP)
    app, ada = await world.tell(an_api_app()), await world.person(f"ada{len(resources)}@unknown.example")
    assert "invalid_target" == (await code(world, app, ada, *resources, scope="openid"))["error"]


async def test_scopes_of_an_api_need_a_role(world: World) -> None:
    """Whatever an app registers and a person allows: without the role the token has no such scope."""
    await a_resource(world, SHOP, "read:things")
    app, eve = await world.tell(an_api_app()), await world.person("eve@api.example")
    found = await code(world, app, eve, SHOP, scope="openid read:things")
    body = (await world.redeem(app, found["code"], resource=SHOP)).json()
    assert (False, False) == ("scope" in body, "scope" in claims(body["access_token"]))


async def test_a_code_bound_to_a_key(world: World) -> None:
    """dpop_jkt (RFC 9449 section 10): the code is worth nothing without the key, a malformed one is refused."""
    one = Holder(world, await world.tell(an_app()))
    ada = await world.person("ada@jkt.example")
    bound = await world.code(one.app, ada, dpop_jkt=one.key.thumbprint())
    assert "DPoP proof missing" == (await world.redeem(one.app, bound)).json()["error_description"]
    assert "DPoP key mismatch" == (await Holder(world, one.app).redeem(bound)).json()["error_description"]
    assert 200 == (await one.redeem(bound)).status_code
    assert "invalid_request" == (await code(world, one.app, ada, dpop_jkt="short"))["error"]
