"""Clauses of RFC 9700 that no other test shows."""

from datetime import timedelta

import pytest

from tests.auth.dpop.proofs import claims
from tests.auth.rp import CALLBACK, RESOURCE, World, a_machine, an_app, asking, told, with_management
from tests.auth.token.test_resources_of_people import a_resource, an_api_app, code, with_role

LOCATIONS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


@pytest.mark.parametrize("path", LOCATIONS)
async def test_pkce_is_published(world: World, path: str) -> None:
    """2.1.1: S256 and nothing else, at both locations, which say the same."""
    async with world.browser() as http:
        documents = [(await http.get(one)).json() for one in (path, *LOCATIONS)]
    assert ["S256"] == documents[0]["code_challenge_methods_supported"]
    assert documents[0] == documents[1] == documents[2]


async def test_who_answers_is_told_each_time(world: World) -> None:
    """2.1 and 4.4: `iss` beside a code and beside an error, as the document promises."""
    app, ada = await world.tell(an_app(first_party=True)), await world.person("iss@bcp.example")
    async with world.browser() as http:
        silent = told(await http.get("/oauth/authorize", params=asking(app, prompt="none")))
        await world.sign_in(http, ada)
        good = told(await http.get("/oauth/authorize", params=asking(app)))
        document = (await http.get(LOCATIONS[0])).json()
    assert ("login_required", True) == (silent["error"], "code" in good)
    assert {document["issuer"]} == {silent["iss"], good["iss"]}
    assert document["authorization_response_iss_parameter_supported"] is True


async def test_no_answer_leaks_by_its_referrer(world: World) -> None:
    """4.2: neither the redirect that carries a code, nor the form that does, nor the page before."""
    app, ada = await world.tell(an_app()), await world.person("referrer@bcp.example")
    async with world.browser() as http:
        await world.sign_in(http, ada)
        page = await http.get("/oauth/authorize", params=asking(app))
        away = await http.get("/oauth/authorize", params=asking(app, prompt="none"))
        form = await http.get("/oauth/authorize", params=asking(app, prompt="none", response_mode="form_post"))
    assert (200, "same-origin") == (page.status_code, page.headers["referrer-policy"])
    assert (302, "no-referrer") == (away.status_code, away.headers["referrer-policy"])
    assert (200, "no-referrer") == (form.status_code, form.headers["referrer-policy"])
    assert {"no-store"} == {answer.headers["cache-control"] for answer in (page, away, form)}


async def test_no_token_in_an_address(world: World) -> None:
    """4.3.2: a token in a query counts nowhere (RFC 6750 section 2.3)."""
    tokens = await world.tokens(await world.tell(an_app()), await world.person("query@bcp.example"))
    async with world.browser() as http:
        for path in ("/oauth/userinfo", "/api/v1/oauth/userinfo", "/api/v1/me"):
            assert 401 == (await http.get(path, params={"access_token": tokens["access_token"]})).status_code


async def test_a_token_of_another_resource_does_not_count(world: World) -> None:
    """4.9 and 4.10.2: neither at our own endpoints, by whatever scopes, nor for who serves something else."""
    there = "https://names.example/api"
    await a_resource(world, there, "openid")
    app, other = await world.tell(an_api_app()), await world.tell(an_app())
    person = await with_role(world, await world.person("elsewhere@bcp.example"), there)
    found = await code(world, app, person, there, scope="openid")
    token = (await world.redeem(app, found["code"], resource=there)).json()["access_token"]
    assert (there, "openid") == (claims(token)["aud"], claims(token)["scope"])
    assert 403 == (await world.userinfo(token)).status_code
    async with world.browser() as http:
        assert (await http.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})).status_code in {401, 403}
    assert {"active": False} == (await world.post("/oauth/introspect", other, token=token)).json()


async def test_refresh_tokens_of_promoted_apps_last_thirty_days(world: World) -> None:
    """4.14.2: unused for longer they are gone; each use begins the time anew."""
    app = await world.tell(an_app(status="approved"))
    tokens = await world.tokens(app, await world.person("month@bcp.example"))
    for _ in range(2):
        world.clock.advance(timedelta(days=29, hours=23))
        tokens = (await world.refresh(app, tokens["refresh_token"])).json()
    world.clock.advance(timedelta(days=30))
    assert "refresh token expired" == (await world.refresh(app, tokens["refresh_token"])).json()["error_description"]


async def test_a_public_clients_refresh_token_rotates(world: World) -> None:
    """2.2.2: the one before ends the family."""
    app = await world.tell(an_app(client_type="public"))
    first = await world.tokens(app, await world.person("spa@bcp.example"))
    second = (await world.refresh(app, first["refresh_token"])).json()
    assert 400 == (await world.refresh(app, first["refresh_token"])).status_code
    assert 400 == (await world.refresh(app, second["refresh_token"])).status_code


async def test_no_client_can_have_the_number_of_a_person(world: World) -> None:
    """4.15: the subject of a machine's token is its client_id, and no client_id is a number."""
    machine = await with_management(world, a_machine())
    form = {"grant_type": "client_credentials", "client_id": machine.client_id, "resource": RESOURCE}
    said = claims((await world.token(form)).json()["access_token"])
    assert (machine.client_id, False) == (said["sub"], said["sub"].isdecimal())


async def test_a_form_is_followed_by_a_get(world: World) -> None:
    """4.12: 303 after consent, never a status with which a browser would send the form on."""
    app, ada = await world.tell(an_app()), await world.person("303@bcp.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = (await http.get("/oauth/authorize", params=asking(app))).text
        handle = page.split('name="request" value="')[1].split('"', maxsplit=1)[0]
        form = {"request": handle, "csrf_token": csrf, "decision": "allow"}
        answer = await http.post("/oauth/authorize/consent", data=form)
    assert (303, True) == (answer.status_code, answer.headers["location"].startswith(CALLBACK))
