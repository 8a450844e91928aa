"""The console's session and administrators do the same by routes of their own (verifier.md A2)."""

from typing import Any

import httpx
import pytest

from chassis.postgres import Database
from contracts.principal import Session
from tests import gateless
from tests.verifier.builders import BEGAN, Registrar, a_developer, a_host
from tests.verifier.world import World, challenge

WORDS = {"console": "/developer/applications", "admin": "/api/v1/admin/applications"}


def a_session(user_id: int, **changes: Any) -> Session:
    given: dict[str, Any] = {
        "user_id": user_id,
        "sub": str(user_id),
        "role": "developer",
        "identity_verified_level": 1,
        "session_id": "s",
        "csrf_token": "token",
        "authenticated_at": BEGAN,
    }
    return Session(**{**given, **changes})


async def attempt(http: httpx.AsyncClient, caller: Any, path: str, uri: str, shown: str = "token") -> httpx.Response:
    headers = {**gateless.as_caller(caller), "x-logi-csrf-token": shown}
    return await http.post(path, json={"uri": uri}, headers=headers)


async def test_the_consoles_session(world: World, registrar: Registrar) -> None:
    """A developer's session lists and verifies, with its CSRF token and not without; a plain user may not."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    http, session = await world.http(), a_session(me.user_id)
    base = f"/developer/applications/{app.id}"
    listed = await http.get(f"{base}/redirect_uri_verifications", headers=gateless.as_caller(session))
    assert [uri] == [each["uri"] for each in listed.json()["verifications"]]
    forged = await attempt(http, session, f"{base}/verify_redirect_uri", uri, "other")
    assert (403, "csrf_token_missing") == (forged.status_code, forged.json()["error"])
    plain = await attempt(http, a_session(me.user_id, role="user"), f"{base}/verify_redirect_uri", uri)
    assert (403, "forbidden_role") == (plain.status_code, plain.json()["error"])
    assert 401 == (await attempt(http, me, f"{base}/verify_redirect_uri", uri)).status_code
    done = await attempt(http, session, f"{base}/verify_redirect_uri", uri)
    assert {"verified": True, "method": "dns"} == done.json()


async def test_administrators(world: World, registrar: Registrar, db: Database) -> None:
    """An administrator verifies anybody's app, and the audit names them; a missing app is 404 for them too."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    http, admin = await world.http(), a_developer(role="admin", scopes=("admin:review",))
    base = f"/api/v1/admin/applications/{app.id}"
    listed = await http.get(f"{base}/redirect_uri_verifications", headers=gateless.as_caller(admin))
    assert 200 == listed.status_code
    assert (await attempt(http, admin, f"{base}/verify_redirect_uri", uri)).json()["verified"] is True
    rows = await db.fetch("select actor, via, action, subject from audit where application_id = $1", app.id)
    assert [(f"user:{admin.user_id}", "pak", "redirect_uri.checked", uri)] == [tuple(row) for row in rows]
    missing = await http.get(
        "/api/v1/admin/applications/1/redirect_uri_verifications", headers=gateless.as_caller(admin)
    )
    assert 404 == missing.status_code


@pytest.mark.parametrize("face", WORDS)
async def test_no_developer_is_an_administrator(world: World, registrar: Registrar, face: str) -> None:
    """A developer with every scope is refused on the administrators' routes, and sees no other's app in the console."""
    app = registrar.has(a_developer(), f"https://{a_host()}/cb")
    other = a_developer(scopes=("apps:manage", "admin:read", "admin:review"))
    caller = other if face == "admin" else a_session(other.user_id)
    path = f"{WORDS[face]}/{app.id}/redirect_uri_verifications"
    answer = await (await world.http()).get(path, headers=gateless.as_caller(caller))
    assert (403 if face == "admin" else 404) == answer.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/applications/{}/rp_health",
        "/api/v1/applications/{}/redirect_uri_verifications",
        "/developer/applications/{}/hosts",
    ],
)
@pytest.mark.parametrize("number", [2**63, 2**70, -1])
async def test_an_application_beyond_all_numbers(world: World, path: str, number: int) -> None:
    """What no application's number can be is refused as that, and registry is not asked."""
    http, caller = await world.http(), gateless.as_caller(a_session(7))
    assert 422 == (await http.get(path.format(number), headers=caller)).status_code
