"""The documents by which clients configure themselves, and who may read what across origins."""

import re

import httpx
import pytest
from joserfc.jwk import KeySet

from chassis import web
from contracts.applications import RedirectUri, Verification
from services.auth.app import described
from services.registry.app import described as registry
from tests.architecture.sources import ROOT
from tests.auth.rp import RESOURCE, World, a_machine, an_app, with_management

DOCUMENTS = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/oidc/.well-known/openid-configuration",
]
APPS = [(described, "auth"), (registry, "registry")]
"""The services whose endpoints stand in them."""

SPA = "https://spa.example:8443"


async def _get(world: World, path: str, **headers: str) -> httpx.Response:
    async with world.browser() as http:
        return await http.get(path, headers=headers)


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_a_document_names_only_what_is_served(world: World, path: str) -> None:
    """Every endpoint in it is a route of ours, and it may be cached by everybody."""
    answer = await _get(world, path)
    assert (200, "public, max-age=3600") == (answer.status_code, answer.headers["cache-control"])
    document = answer.json()
    served = {route.path for app, name in APPS for route in web.table(app(), name).routes}
    endpoints = {name: url for name, url in document.items() if name.endswith(("_endpoint", "_uri"))}
    assert {"token_endpoint", "jwks_uri"} <= set(endpoints)
    assert set() == {url.removeprefix("http://localhost:8000") for url in endpoints.values()} - served
    assert path == f"{document['issuer'].removeprefix('http://localhost:8000')}/.well-known/{path.rpartition('/')[2]}"


async def test_the_document_is_complete(world: World) -> None:
    """Every member of auth.md 3.7, and the algorithms that RFC 8414 demands beside `private_key_jwt`."""
    document = (await _get(world, DOCUMENTS[0])).json()
    text = (ROOT / "docs/contracts/auth.md").read_text()
    promised = set(re.findall(r"[a-z_]+", text.partition("### 3.7")[2].partition("### 3.8")[0].replace("`", " ")))
    members = {name for name in promised if name.endswith(("_endpoint", "_supported", "_uri"))}
    assert len(members) >= 25
    assert set() == members - document.keys()
    for endpoint in ("token", "revocation", "introspection"):
        assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
        assert ["ES256", "RS256", "EdDSA"] == document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/oidc/jwks"])
async def test_the_key_set_has_both_kinds_and_an_etag(world: World, path: str) -> None:
    """304 for whoever has it; never a private member."""
    answer = await _get(world, path)
    keys = answer.json()["keys"]
    assert {("RSA", "RS256"), ("EC", "ES256")} == {(key["kty"], key["alg"]) for key in keys}
    assert set() == {"d", "p", "q", "dp", "dq", "qi"} & {member for key in keys for member in key}
    assert 2 == len(list(KeySet.import_key_set(answer.json())))
    again = await _get(world, path, **{"if-none-match": f'"other", W/{answer.headers["etag"]}'})
    assert (304, b"") == (again.status_code, again.content)


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"]
)
async def test_documents_are_read_by_scripts_of_registered_origins_only(world: World, path: str) -> None:
    """Named exactly, no credentials; and every answer, also to no origin at all, says to caches that it differs."""
    uri = RedirectUri(uri=f"{SPA}/cb", uri_class="dev_internet", verification=Verification(status="unverified"))
    await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    told = [await _get(world, path, origin=SPA), await _get(world, path, origin="https://else.example")]
    told.append(await _get(world, path))
    assert [(200, SPA), (200, None), (200, None)] == [
        (answer.status_code, answer.headers.get("access-control-allow-origin")) for answer in told
    ]
    assert [True] * 3 == ["Origin" in answer.headers["vary"] for answer in told]
    assert not any("access-control-allow-credentials" in answer.headers for answer in told)


async def _preflight(world: World, origin: str, path: str = "/oauth/token") -> httpx.Response:
    headers = {"origin": origin, "access-control-request-method": "POST"}
    async with world.browser() as http:
        return await http.request("OPTIONS", path, headers=headers)


async def test_a_registered_web_origin_may_use_the_token_endpoint(world: World) -> None:
    """Preflight and answer name it exactly, without credentials, varied by origin; errors are readable too."""
    uri = RedirectUri(uri=f"{SPA}/cb", uri_class="dev_internet", verification=Verification(status="unverified"))
    app = await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    answer = await _preflight(world, SPA)
    assert (204, SPA, "POST") == (
        answer.status_code,
        answer.headers["access-control-allow-origin"],
        answer.headers["access-control-allow-methods"],
    )
    assert "access-control-allow-credentials" not in answer.headers
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": app.client_id}
    refused = await world.token(form, None, origin=SPA)
    assert (400, SPA, "Origin") == (
        refused.status_code,
        refused.headers["access-control-allow-origin"],
        refused.headers["vary"],
    )


@pytest.mark.parametrize(
    "origin",
    [
        "https://spa.example",
        "https://spa.example:84430",
        "https://xspa.example:8443",
        "https://spa.example:8443.evil.example",
        "http://spa.example:8443",
        "https://SPA.example:8443",
        "null",
        "*",
        "",
        "https://" + "a" * 400,
    ],
)
async def test_no_similar_origin_is_taken_for_it(world: World, origin: str) -> None:
    """Prefix, suffix, scheme, case, port and null are other origins."""
    uri = RedirectUri(uri=f"{SPA}/cb", uri_class="dev_internet", verification=Verification(status="unverified"))
    await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    answer = await _preflight(world, origin)
    assert (204, False) == (answer.status_code, "access-control-allow-origin" in answer.headers)


async def test_pages_are_for_our_own_origin(world: World) -> None:
    """The authorization endpoint says nothing to other origins' scripts."""
    answer = await _get(world, "/oauth/authorize", origin=SPA)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/.well-known/oauth-protected-resource", RESOURCE),
        ("/.well-known/oauth-protected-resource/api/v1", "http://localhost:8000/api/v1"),
    ],
)
async def test_each_api_is_described_as_a_resource(world: World, path: str, resource: str) -> None:
    """RFC 9728: under its name, with us as the server whose tokens it takes."""
    await with_management(world, a_machine())
    answer = await _get(world, path)
    assert (200, "public, max-age=3600") == (answer.status_code, answer.headers["cache-control"])
    assert (resource, ["http://localhost:8000"]) == (
        answer.json()["resource"],
        answer.json()["authorization_servers"],
    )


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/userinfo"])
async def test_cors_by_prefix_or_suffix_match(world: World, path: str) -> None:
    """The attack class: each endpoint that browsers may call names a registered origin exactly, and no similar one."""
    uri = RedirectUri(uri=f"{SPA}/cb", uri_class="dev_internet", verification=Verification(status="unverified"))
    await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    assert SPA == (await _preflight(world, SPA, path)).headers["access-control-allow-origin"]
    for origin in (f"{SPA}.evil.example", "https://spa.example", f"https://evil-{SPA[8:]}", "null"):
        assert "access-control-allow-origin" not in (await _preflight(world, origin, path)).headers


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/par", "/oauth/authorize", "/oauth/end_session"])
async def test_what_is_not_for_browsers_scripts_says_nothing_to_them(world: World, path: str) -> None:
    """Only the five documented endpoints answer across origins."""
    uri = RedirectUri(uri=f"{SPA}/cb", uri_class="dev_internet", verification=Verification(status="unverified"))
    await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    assert "access-control-allow-origin" not in (await _preflight(world, SPA, path)).headers
