"""Whatever is sent, the answer is one of the protocol's: never a 5xx, never an address that nobody registered."""

import json
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from contracts.applications import Application
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.clients import assertion
from services.auth.keys import material
from services.auth.token.on_behalf import ACCESS_TOKEN, PAK
from services.auth.token.request import DEVICE_CODE, TOKEN_EXCHANGE
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
            "device_code",
            "dpop_jkt",
            "client_assertion",
            "client_assertion_type",
            "subject_token",
            "subject_token_type",
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
KNOWN = [
    assertion.TYPE,
    DEVICE_CODE,
    TOKEN_EXCHANGE,
    PAK,
    ACCESS_TOKEN,
    "e30.e30.",
    CALLBACK,
    CHALLENGE,
    SECRET,
    VERIFIER,
    "code",
    "openid",
    "S256",
    "none",
    "login",
    "0",
    "authorization_code",
]
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
    grants = ("authorization_code", "refresh_token", "client_credentials", DEVICE_CODE)
    return await world.tell(
        an_app(client_id="logi_" + "a" * 32, id=10**6, grant_types=grants, allow_token_exchange=True)
    )


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
    for path in (
        "/oauth/device_authorization",
        "/oauth/token",
        "/oidc/token",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/par",
    ):
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


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
HEADER = st.fixed_dictionaries(
    {"alg": st.sampled_from(["ES256", "RS256", "EdDSA", "none"]), "typ": st.sampled_from(["dpop+jwt", "JWT"])},
    optional={"jwk": st.one_of(JSON_VALUES, st.sampled_from([{"kty": "EC"}, {"kty": "RSA", "n": "AQ", "e": "AQAB"}]))},
)
CLAIMS = st.dictionaries(
    st.sampled_from(["jti", "htm", "htu", "iat", "ath", "nonce", "iss", "sub", "aud", "exp", "nbf"]), JSON_VALUES
)


@given(header=HEADER, claims=CLAIMS, good=st.booleans(), typed=st.text(max_size=20))
@unhurried
async def test_proofs_assertions_and_user_codes_never_break(
    world: World, header: dict[str, Any], claims: dict[str, Any], good: bool, typed: str
) -> None:
    """JWTs of any content, signed by their own key or not at all, and whatever a person types."""
    app, key = await _app(world), ECKey.generate_key("P-256", private=True)
    if good:
        header = {**header, "alg": "ES256", "jwk": key.as_dict(private=False)}
    signed = ".".join(material.encoded(json.dumps(part).encode()) for part in (header, claims))
    made = f"{signed}.{material.encoded(material.sign(key.private_key, signed.encode()))}"
    form = {"grant_type": "client_credentials", "client_id": app.client_id}
    await _send(world, "POST", "/oauth/token", data={**form, "client_secret": SECRET}, headers={"dpop": made})
    asserted = {"client_assertion": made, "client_assertion_type": assertion.TYPE}
    await _send(world, "POST", "/oauth/token", data={**form, **asserted})
    await _send(world, "GET", "/oauth/userinfo", headers={"authorization": f"DPoP {made}", "dpop": made})
    async with world.browser() as http:
        csrf = await world.sign_in(http, await _ada(world))
        for decision in ("allow", "x"):
            form = {"user_code": typed, "csrf_token": csrf, "decision": decision}
            for path in ("/cli/activate", "/cli/activate/decision"):
                assert (await http.post(path, data=form)).status_code < 500


async def _ada(world: World) -> Account:
    """The same person for all examples."""
    found = await accounts.by_email(world.db, "ada@any.example")
    return found or await world.person("ada@any.example")
