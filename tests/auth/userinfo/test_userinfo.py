"""Claims by scope, and the refusals of RFC 6750."""

import pytest

from tests.auth.rp import RESOURCE, World, a_machine, an_app, with_management

PATHS = ["/oauth/userinfo", "/api/v1/oauth/userinfo"]


@pytest.mark.parametrize("path", PATHS)
async def test_claims_follow_the_scopes(world: World, path: str) -> None:
    """With email: address and whether it is verified; the identity claims always; nothing is stored on the way."""
    ada = await world.person(f"{path[1:4]}@userinfo.example")
    tokens = await world.tokens(await world.tell(an_app()), ada)
    async with world.browser() as http:
        answer = await http.get(path, headers={"authorization": f"bearer {tokens['access_token']}"})
    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    sub = str(ada.id)
    assert {
        "sub": sub,
        "canonical_sub": sub,
        "is_canonical": True,
        "linked_subs": [],
        "previously_anonymous": False,
        "email": ada.email,
        "email_verified": True,
    } == answer.json()


async def test_without_the_scope_there_is_no_email(world: World) -> None:
    """Only what was granted."""
    app = await world.tell(an_app(allowed_scopes=("openid", "email", "identity:level")))
    ada = await world.person("level@userinfo.example")
    tokens = await world.tokens(app, ada, scope="openid identity:level")
    claims = (await world.userinfo(tokens["access_token"])).json()
    assert (False, 1) == ("email" in claims, claims["identity_verified_level"])


async def test_the_token_may_stand_in_a_form_but_not_twice(world: World) -> None:
    """RFC 6750 section 2.2."""
    tokens = await world.tokens(await world.tell(an_app()), await world.person("form@userinfo.example"))
    form = {"access_token": tokens["access_token"]}
    async with world.browser() as http:
        assert 200 == (await http.post(PATHS[0], data=form)).status_code
        header = {"authorization": f"Bearer {tokens['access_token']}"}
        assert 200 == (await http.post(PATHS[0], headers=header)).status_code
        assert 400 == (await http.post(PATHS[0], data=form, headers=header)).status_code


@pytest.mark.parametrize("token", ["x", "a.b.c", "lpa_pat_x", "é"])
async def test_a_bad_token_is_refused_with_a_challenge(world: World, token: str) -> None:
    """401 with error="invalid_token"; without any token the challenge names no error."""
    async with world.browser() as http:
        answer = await http.get(PATHS[0], headers={"authorization": f"Bearer {token}".encode()})
        without = await http.get(PATHS[0])
    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"])
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert (401, 'Bearer realm="logi"') == (without.status_code, without.headers["www-authenticate"])


async def test_a_token_without_openid_does_not_reach(world: World) -> None:
    """A person's token without the scope, and a machine's token that has no person."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("scope@userinfo.example"), scope="email")
    machine = await with_management(world, a_machine())
    form = {"grant_type": "client_credentials", "resource": RESOURCE, "client_id": machine.client_id}
    for token in (tokens["access_token"], (await world.token(form)).json()["access_token"]):
        answer = await world.userinfo(token)
        assert (403, "insufficient_scope") == (answer.status_code, answer.json()["error"])
