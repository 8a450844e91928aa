"""What registry has answered holds: two auth processes, a hundred requests to each, and none honours the old state."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from tests.faults.ledger import App
from tests.faults.linking import authorize
from tests.faults.people import Person, Unsure, app
from tests.system.auths import Auth
from tests.system.registry.conftest import Operator

T = TypeVar("T")

EACH = 100
AT_ONCE = 10
TOKEN = "/oauth/token"


async def until_each(auths: list[Auth], route: str, ask: Callable[[], Awaitable[T]]) -> list[T]:
    """Asks, ten at a time, until both processes have answered a hundred."""
    before = [one.answered(route) for one in auths]
    found: list[T] = []
    while min(one.answered(route) - then for one, then in zip(auths, before, strict=True)) < EACH:
        found += await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
        assert len(found) < 50 * EACH, "one of the processes answers nothing"
    return found


async def shows(person: Person, client_id: str, secret: str) -> int:
    """The status of a request with these credentials: 400 (no such refresh token) where they count, else 401."""
    form = {"grant_type": "refresh_token", "refresh_token": "none"}
    answer = await person.journey.http.post(TOKEN, data=form, auth=httpx.BasicAuth(client_id, secret))
    return answer.status_code


async def test_rotation_then_deletion(developer: Person, auths: list[Auth]) -> None:
    """The old secret is dead everywhere when the rotation is answered, and every secret when the deletion is."""
    made = await app(developer.journey, developer.journey.world)
    old = _secret(made)
    assert 400 == await shows(developer, made.client_id, old)
    path = f"/api/v1/applications/{made.id}"
    rotated = (await developer.ask("POST", f"{path}/rotate_secret")).json()
    assert "complete" == rotated["propagation"]
    statuses = await until_each(auths, TOKEN, lambda: shows(developer, made.client_id, old))
    assert {401} == set(statuses)
    statuses = await until_each(auths, TOKEN, lambda: shows(developer, made.client_id, rotated["client_secret"]))
    assert {400} == set(statuses)
    deleted = (await developer.ask("DELETE", path)).json()
    assert "complete" == deleted["propagation"]
    statuses = await until_each(auths, TOKEN, lambda: shows(developer, made.client_id, rotated["client_secret"]))
    assert {401} == set(statuses)
    restored = (await developer.ask("POST", f"{path}/restore")).json()
    assert restored["secret_rotation_required"]
    statuses = await until_each(auths, TOKEN, lambda: shows(developer, made.client_id, rotated["client_secret"]))
    assert {401} == set(statuses)


async def test_suspension(developer: Person, auths: list[Auth], operator: Operator) -> None:
    """Suspended, an app's right secret is answered `unauthorized_client`; lifted, it counts again."""
    made = await app(developer.journey, developer.journey.world)

    async def error() -> str:
        form = {"grant_type": "refresh_token", "refresh_token": "none"}
        basic = httpx.BasicAuth(made.client_id, _secret(made))
        answer = await developer.journey.http.post(TOKEN, data=form, auth=basic)
        told: str = answer.json()["error"]
        return told

    body = {"reason": "Tried by a test.", "action_request_nonce": await operator.nonce("suspend", made.id)}
    done = await operator.post(f"/api/v1/admin/applications/{made.id}/suspend", body)
    assert (200, "complete") == (done.status_code, done.json()["propagation"]), done.text
    assert {"unauthorized_client"} == set(await until_each(auths, TOKEN, error))
    lifting = {"action_request_nonce": await operator.nonce("unsuspend", made.id)}
    back = await operator.post(f"/api/v1/admin/applications/{made.id}/unsuspend", lifting)
    assert (200, "sandbox") == (back.status_code, back.json()["status"])
    assert {"invalid_grant"} == set(await until_each(auths, TOKEN, error))


async def test_a_redirect_uri_that_was_removed(developer: Person, auths: list[Auth]) -> None:
    """Nobody is sent to it any more, whichever process is asked."""
    made = await app(developer.journey, developer.journey.world)
    uri = f"http://localhost:4000/{secrets.token_hex(4)}"
    path = f"/api/v1/applications/{made.id}/redirect_uris"
    await developer.ask("POST", path, json={"uri": uri})

    async def accepted() -> bool:
        try:
            await authorize(developer, made.client_id, uri, secrets.token_urlsafe(48))
        except Unsure as error:
            if "authorize: 400" not in str(error):
                raise
            return False
        return True

    assert await accepted()
    removed = (await developer.ask("DELETE", path, json={"uri": uri})).json()
    assert "complete" == removed["propagation"]
    assert {False} == set(await until_each(auths, "/oauth/authorize", accepted))


def _secret(made: App) -> str:
    assert made.secret is not None
    return made.secret
