"""Whatever is sent, the answer is one of the protocol's: never a 5xx, never an address that nobody registered."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.applications import Application
from tests.auth.rp import CALLBACK, CHALLENGE, SECRET, VERIFIER, World, an_app

NAMES = st.one_of(
    st.sampled_from(
        [
            "client_id",
            "redirect_uri",
            "response_type",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "prompt",
            "max_age",
            "grant_type",
            "code",
            "code_verifier",
            "client_secret",
            "refresh_token",
            "resource",
            "request",
            "token",
            "token_type_hint",
            "response_mode",
            "id_token_hint",
            "claims",
            "request_uri",
            "provider",
            "ui_locales",
            "login_hint",
            "post_logout_redirect_uri",
        ]
    ),
    st.text(max_size=8),
)
KNOWN = [CALLBACK, CHALLENGE, SECRET, VERIFIER, "code", "openid", "S256", "none", "login", "0", "authorization_code"]
VALUES = st.one_of(
    st.sampled_from(
        [
            *KNOWN,
            "refresh_token",
            "client_credentials",
            "\x00",
            "%00",
            "9" * 30,
            "form_post",
            '{"id_token": {"sub": {"value": "\\u0000"}}}',
            "urn:ietf:params:oauth:request_uri:x",
        ]
    ),
    st.text(max_size=60),
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=14)
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}

unhurried = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def _app(world: World) -> Application:
    """One app for all examples."""
    return await world.tell(an_app(client_id="logi_" + "a" * 32, id=10**6))


async def _send(world: World, method: str, path: str, **request: Any) -> None:
    async with world.browser() as http:
        answer = await http.request(method, path, **request)
    assert answer.status_code < 500, answer.text
    location = answer.headers.get("location", "")
    ours = (f"{CALLBACK}?", "/session/new?", "/oauth/authorize/resume?", "/oauth/end_session", "/session/signed_out")
    assert not location or location.startswith(ours), location


@given(pairs=PAIRS, named=st.booleans(), raw=st.binary(max_size=40))
@unhurried
async def test_authorize_never_breaks(world: World, pairs: list[tuple[str, str]], named: bool, raw: bytes) -> None:
    """GET and POST with any parameters, and any bytes as a query or a form."""
    app = await _app(world)
    known = [("client_id", app.client_id), ("redirect_uri", CALLBACK)] if named else []
    await _send(world, "GET", "/oauth/authorize", params=[*known, *pairs])
    await _send(world, "POST", "/oauth/authorize", data=dict([*pairs, *known]))
    await _send(world, "POST", "/oauth/authorize", content=raw, headers=FORM)
    await _send(world, "GET", "/oauth/authorize/resume", params=pairs)


@given(pairs=PAIRS, named=st.booleans(), raw=st.binary(max_size=40), header=st.binary(max_size=30))
@unhurried
async def test_the_token_endpoints_never_break(
    world: World, pairs: list[tuple[str, str]], named: bool, raw: bytes, header: bytes
) -> None:
    """Forms, JSON and any bytes, with and without good credentials."""
    app = await _app(world)
    form = {**dict(pairs), **({"client_id": app.client_id, "client_secret": SECRET} if named else {})}
    for path in ("/oauth/token", "/oidc/token", "/oauth/revoke", "/oauth/introspect", "/oauth/par"):
        await _send(world, "POST", path, data=form)
        await _send(world, "POST", path, content=raw, headers=FORM)
        await _send(world, "POST", path, content=raw, headers=JSON)
        await _send(world, "POST", path, content=msgspec.json.encode(form), headers=JSON)
        await _send(world, "POST", path, data=form, headers={"authorization": b"Basic " + header.replace(b"\n", b"")})


@given(pairs=PAIRS, named=st.booleans(), signed_in=st.booleans(), raw=st.binary(max_size=40))
@unhurried
async def test_signing_out_never_breaks(
    world: World, pairs: list[tuple[str, str]], named: bool, signed_in: bool, raw: bytes
) -> None:
    """GET and POST at the end of a session, and the answer to its page, with whatever parameters."""
    app = await _app(world)
    known = [("client_id", app.client_id)] if named else []
    cookie = {"cookie": f"logi_session={'a' * 43}"} if signed_in else {}
    for path in ("/oauth/end_session", "/oauth/end_session/answer"):
        await _send(world, "GET", path, params=[*known, *pairs], headers=cookie)
        await _send(world, "POST", path, data=dict([*pairs, *known]), headers=cookie)
        await _send(world, "POST", path, content=raw, headers=FORM)


@given(query=st.text(max_size=60))
@unhurried
async def test_documents_and_pages_never_break(world: World, query: str) -> None:
    """Whatever stands behind the question mark."""
    for path in ("/session/signed_out", "/.well-known/oauth-protected-resource", "/session/new"):
        await _send(world, "GET", path, params={"lang": query, "ui_locales": query, "return_to": query})
