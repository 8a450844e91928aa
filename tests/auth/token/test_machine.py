"""client_credentials at both faces: tokens of RFC 9068, scopes by roles, changes that hold at once, one statement."""

import asyncio
import base64
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.auth.rp import RESOURCE, SECRET, World, a_machine, an_app, changed, with_management

FORM = {"grant_type": "client_credentials", "resource": RESOURCE, "scope": "all"}


async def _claims(
    world: World, token: str, jwks: str = "/.well-known/jwks.json"
) -> tuple[dict[str, Any], dict[str, Any]]:
    async with world.browser() as http:
        keys = KeySet.import_key_set((await http.get(jwks)).json())
    read = jwt.decode(token, keys, algorithms=["ES256"])
    return dict(read.header), dict(read.claims)


def _basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


async def _oidc(world: World, **request: Any) -> httpx.Response:
    async with world.browser() as http:
        return await http.post("/oidc/token", **request)


async def test_a_machine_gets_a_token_for_the_management_resource(world: World) -> None:
    """ES256, at+jwt, the resource as audience, the scopes of its roles, and a line in the log."""
    app = await with_management(world, a_machine())
    answer = await world.token({**FORM, "client_id": app.client_id})
    assert 200 == answer.status_code, answer.text
    assert {"access_token", "token_type", "expires_in", "scope"} == set(answer.json())
    header, claims = await _claims(world, answer.json()["access_token"])
    assert ("ES256", "at+jwt") == (header["alg"], header["typ"])
    wanted = {"sub": app.client_id, "client_id": app.client_id, "aud": RESOURCE, "scope": "all"}
    assert wanted == {name: claims[name] for name in wanted}
    rows = await world.db.fetch("select outcome, jti::text from token_log where client_id = $1", app.client_id)
    assert [("issued", claims["jti"])] == [tuple(row) for row in rows]


@pytest.mark.parametrize("as_json", [False, True])
async def test_the_second_face_takes_forms_and_json(world: World, as_json: bool) -> None:
    """Its issuer is <issuer>/oidc, and its keys are the same."""
    app = await with_management(world, a_machine())
    body = {**FORM, "client_id": app.client_id, "client_secret": SECRET}
    answer = await _oidc(world, **({"json": body} if as_json else {"data": body}))
    assert 200 == answer.status_code, answer.text
    _, claims = await _claims(world, answer.json()["access_token"], "/oidc/jwks")
    assert "http://localhost:8000/oidc" == claims["iss"]


async def test_scopes_that_a_machine_does_not_hold_are_dropped(world: World) -> None:
    """A token without any scope is a success, and says none."""
    app = await world.tell(a_machine())
    await with_management(world, a_machine())
    answer = await _oidc(world, data={**FORM, "client_id": app.client_id, "client_secret": SECRET})
    assert (200, False) == (answer.status_code, "scope" in answer.json())


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "logi_" + "0" * 32}, 400, "invalid_client"),
        ({"client_id": "", "client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"resource": ""}, 400, "invalid_target"),
        ({"resource": "https://nobody.example"}, 400, "invalid_target"),
    ],
)
async def test_the_second_face_refuses_in_its_dialect(
    world: World, change: dict[str, str], status: int, error: str
) -> None:
    """Status, error, and the doubled code and message."""
    app = await with_management(world, a_machine())
    form = {**FORM, "client_id": app.client_id, "client_secret": SECRET, **change}
    answer = await _oidc(world, data=form)
    body = answer.json()
    assert (status, error, f"oidc.{error}") == (answer.status_code, body["error"], body["code"])
    assert body["message"]
    bare = await _oidc(world, data=form, params={"parse_error": "false"})
    assert set() == {"code", "message"} & set(bare.json())


async def test_basic_credentials_are_form_urlencoded(world: World) -> None:
    """RFC 6749 section 2.3.1."""
    app = await with_management(world, a_machine())
    header = _basic(app.client_id.replace("_", "%5F"), SECRET.replace("_", "%5f"))
    assert 200 == (await world.token(FORM, None, authorization=header)).status_code


@pytest.mark.parametrize(
    ("kind", "form", "authorization", "status"),
    [
        ("confidential", {}, None, 401),
        ("confidential", {"client_secret": "wrong"}, None, 401),
        ("confidential", {"client_secret": SECRET}, SECRET, 400),
        ("confidential", {}, "wrong", 401),
        ("public", {"client_secret": SECRET}, None, 401),
        ("public", {}, SECRET, 401),
    ],
)
async def test_neither_kind_of_client_passes_for_the_other(
    world: World, kind: str, form: dict[str, str], authorization: str | None, status: int
) -> None:
    """Downgrade, both ways; two methods at once are an invalid request."""
    app = await world.tell(an_app(client_type=kind))
    headers = {} if authorization is None else {"authorization": _basic(app.client_id, authorization)}
    wanted = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": app.client_id, **form}
    answer = await world.token(wanted, None, **headers)
    assert status == answer.status_code, answer.text
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert SECRET not in answer.text


async def test_a_change_holds_for_every_process_at_once(world: World) -> None:
    """After the copy has the new secret, none of 200 requests over two processes honours the old one."""
    app, other = await with_management(world, a_machine()), world.process()
    form = {**FORM, "client_id": app.client_id}
    for process in (world, other):
        assert 200 == (await process.token(form)).status_code
    await world.tell(changed(app, secret_sha256="0" * 64))
    answers = await asyncio.gather(*((world, other)[n % 2].token(form) for n in range(200)))
    assert {401} == {answer.status_code for answer in answers}


async def test_a_role_taken_away_is_missing_in_the_next_token(world: World) -> None:
    """Scopes are read for each token, not remembered."""
    app = await with_management(world, a_machine())
    form = {**FORM, "client_id": app.client_id}
    assert "all" == (await world.token(form)).json()["scope"]
    await world.db.execute("delete from application_roles where client_id = $1", app.client_id)
    assert "scope" not in (await world.token(form)).json()


async def test_those_who_ask_at_once_share_statements(world: World) -> None:
    """A hundred requests at once: each gets its own token and its own line."""
    app = await with_management(world, a_machine())
    form = {**FORM, "client_id": app.client_id}
    answers = await asyncio.gather(*(world.token(form) for _ in range(100)))
    assert {200} == {answer.status_code for answer in answers}
    assert 100 == len({answer.json()["access_token"] for answer in answers})
    assert 100 == await world.db.fetchval(
        "select count(distinct jti) from token_log where client_id = $1", app.client_id
    )


async def test_a_client_without_the_grant_may_not_use_it(world: World) -> None:
    """unauthorized_client, whatever its secret."""
    app = await world.tell(an_app())
    answer = await world.token({**FORM, "client_id": app.client_id})
    assert (400, "unauthorized_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize(
    "body", [b'{"grant_type":"\\ud800"}', b'{"grant_type":["a","b"]}', b'{"grant_type":1}', b"[]", b"{"]
)
async def test_json_that_is_no_form_is_refused(world: World, body: bytes) -> None:
    """Lone surrogates, lists where one value belongs, other types: 400, in the dialect."""
    answer = await _oidc(world, content=body, headers={"content-type": "application/json"})
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_a_body_of_another_kind_is_refused(world: World) -> None:
    """JSON is not taken at /oauth/token, multipart nowhere."""
    app = await world.tell(a_machine())
    async with world.browser() as http:
        for path, request in (
            ("/oauth/token", {"json": {**FORM, "client_id": app.client_id}}),
            ("/oauth/token", {"files": {"grant_type": "client_credentials"}}),
            ("/oidc/token", {"files": {"grant_type": "client_credentials"}}),
        ):
            answer = await http.post(path, **request)
            assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])
