"""Clients that register themselves: always public, within the ceiling, each by its own token."""

from typing import Any

import httpx
import msgspec
import pytest

from chassis.postgres import Database
from services.registry import app
from services.registry.dynamic import store
from services.registry.dynamic.register import digest
from services.registry.ground import Ground
from tests import gateless
from tests.registry.builders import Peers

URL = "/oauth/register"


def a_client(**changes: Any) -> dict[str, Any]:
    given = {
        "client_name": "Notes for the desk",
        "redirect_uris": ["http://127.0.0.1:7777/cb", "com.example.notes://cb"],
        "scope": "openid profile admin:all phone",
        "token_endpoint_auth_method": "client_secret_basic",
        "software_id": "notes",
    }
    return {**given, **changes}


async def test_a_client_registers_itself(http: httpx.AsyncClient, peers: Peers, db: Database) -> None:
    """It becomes public, its scope is cut to the ceiling, and auth knows it before the answer."""
    made = await http.post(URL, json=a_client())
    assert 201 == made.status_code, made.text
    body = made.json()
    assert ("none", "openid profile:basic", ["code"]) == (
        body["token_endpoint_auth_method"],
        body["scope"],
        body["response_types"],
    )
    assert "client_secret" not in body
    assert body["registration_client_uri"].endswith(f"/oauth/register/{body['client_id']}")
    told = peers.applied[-1]
    assert (body["client_id"], "public", True, "sandbox") == (
        told.client_id,
        told.client_type,
        told.require_pkce,
        told.status,
    )
    row = await db.fetchrow(
        "select organization_id, registered_by, created_via from applications where id = $1", told.id
    )
    assert row is not None
    assert (None, None, "api") == tuple(row.values())


async def test_its_own_token_and_no_other(http: httpx.AsyncClient, peers: Peers) -> None:
    """Reading, replacing and removing go by the token of this very client; afterwards it opens nothing."""
    first = (await http.post(URL, json=a_client())).json()
    second = (await http.post(URL, json=a_client(client_name="Another"))).json()
    one = f"{URL}/{first['client_id']}"
    mine = {"authorization": f"Bearer {first['registration_access_token']}"}
    theirs = {"authorization": f"Bearer {second['registration_access_token']}"}
    for headers in ({}, theirs, {"authorization": "Bearer x"}):
        answer = await http.get(one, headers=headers)
        assert (401, "invalid_token") == _refusal(answer)
        assert "Bearer" in answer.headers["www-authenticate"]
    assert "Notes for the desk" == (await http.get(one, headers=mine)).json()["client_name"]
    body = a_client(client_name="Renamed", redirect_uris=["http://localhost:1/cb"], client_id=first["client_id"])
    assert "Renamed" == (await http.put(one, json=body, headers=mine)).json()["client_name"]
    assert "http://localhost:1/cb" == peers.applied[-1].redirect_uris[0].uri
    other = await http.put(one, json={**body, "client_id": second["client_id"]}, headers=mine)
    assert (400, "invalid_client_metadata") == _refusal(other)
    assert 204 == (await http.delete(one, headers=mine)).status_code
    assert peers.applied[-1].deleted_at is not None
    assert (401, "invalid_token") == _refusal(await http.get(one, headers=mine))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://evil.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://*.staging.acme.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"grant_types": ["authorization_code", "password"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"client_name": "x\u202ey"}, "invalid_client_metadata"),
        ({"client_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"contacts": ["a"] * 11}, "invalid_client_metadata"),
        ({"redirect_uris": "http://127.0.0.1/cb"}, "invalid_redirect_uri"),
        ({"redirect_uris": [7]}, "invalid_redirect_uri"),
        ({"client_name": 7}, "invalid_client_metadata"),
    ],
)
async def test_what_is_not_registered(http: httpx.AsyncClient, changes: dict[str, Any], code: str) -> None:
    """Each fault has the code of RFC 7591."""
    assert (400, code) == _refusal(await http.post(URL, json=a_client(**changes)))


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"a=b"])
async def test_what_is_no_metadata_at_all(http: httpx.AsyncClient, body: bytes) -> None:
    """The same envelope and code, not that of the management API; too much of it is too much."""
    headers = {"content-type": "application/json"}
    assert (400, "invalid_client_metadata") == _refusal(await http.post(URL, content=body, headers=headers))
    assert 413 == (await http.post(URL, content=b" " * 20_000, headers=headers)).status_code


async def test_an_operator_may_ask_for_a_token(ground: Ground, peers: Peers) -> None:
    """With the setting, only a bearer of an initial access token registers; allowed hosts are usable at once."""
    assert peers is not None
    config = msgspec.structs.replace(
        ground.settings, dcr_require_initial_access_token=True, dcr_redirect_hosts=("connector.example",)
    )
    strict = msgspec.structs.replace(ground, settings=config)
    now = ground.clock.now()
    await store.allow(ground.db, digest("good"), now, now.replace(year=now.year + 1))
    body = a_client(redirect_uris=["https://connector.example/cb"])
    async with gateless.client(app.litestar_app(strict, ground.issuer)) as http:
        assert (401, "invalid_token") == _refusal(await http.post(URL, json=body))
        wrong = await http.post(URL, json=body, headers={"authorization": "Bearer bad"})
        assert (401, "invalid_token") == _refusal(wrong)
        made = await http.post(URL, json=body, headers={"authorization": "Bearer good"})
    assert 201 == made.status_code
    assert peers.applied[-1].serves("https://connector.example/cb")


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_its_picture_is_ours(http: httpx.AsyncClient, peers: Peers, pictures: str) -> None:
    """A logo is drawn anew and served by us; one that cannot be is left out, and the client registered all the same."""
    made = (await http.post(URL, json=a_client(logo_uri=f"{pictures}/logo.png"))).json()
    assert made["logo_uri"].startswith("http://localhost:8000/developer/logos/")
    assert made["logo_uri"] == peers.applied[-1].logo_url
    assert 200 == (await http.get(made["logo_uri"])).status_code
    own = {"authorization": f"Bearer {made['registration_access_token']}"}
    place = f"{URL}/{made['client_id']}"
    for address in (f"{pictures}/logo.svg", "http://169.254.169.254/logo.png", "javascript:alert(1)", "x" * 3000):
        changed = await http.put(place, json=a_client(logo_uri=address), headers=own)
        assert (200, False) == (changed.status_code, "logo_uri" in changed.json()), address
    again = await http.put(place, json=a_client(logo_uri=made["logo_uri"]), headers=own)
    assert made["logo_uri"] == again.json()["logo_uri"]
