"""An account's end: closed at once, back within its grace, gone after it."""

import asyncio
import re
from datetime import timedelta

import httpx

from services.auth.deletion import purge, restore
from tests.auth.connected_apps.test_connected_apps import CLIENT, connect
from tests.auth.people import People, a_key, bearer, csrf, sign_in

DAY = timedelta(days=1)


async def delete(browser: httpx.AsyncClient) -> httpx.Response:
    """As the API's callers do it, with the CSRF token of a session."""
    token = await csrf(browser, "/account/delete")
    return await browser.delete("/api/v1/me", headers={"x-logi-csrf-token": token})


async def test_all_ends_at_once_and_every_application_hears(house: People) -> None:
    """Sessions, keys, consents and tokens: first `consent.revoked`, then `token.revoked`, then `user.deleted`."""
    ada = await house.developer("ada@gone.example")
    await connect(house, ada.id, sub="4711")
    key = await a_key(house, ada.id, "profile:read")
    async with house.signed_in("ada@gone.example") as browser, house.signed_in("ada@gone.example") as other:
        answer = await delete(browser)
        assert 202 == answer.status_code, answer.text
        assert {"deleted_at", "purge_at"} == answer.json().keys()
        assert 401 == (await other.get("/api/v1/me")).status_code
        assert 401 == (await other.get("/api/v1/me", headers=bearer(key))).status_code
    rows = await house.ground.db.fetch(
        "select tag, payload from outbox where payload like '%' || $1 || '%' order by id", CLIENT
    )
    assert ["auth.consent.revoked", "auth.token.revoked", "auth.user.deleted"] == [row["tag"] for row in rows]
    (closed,) = await house.announced("auth.account.closed")
    assert (ada.id, False) == (closed["user"]["id"], closed["user"]["deleted_at"] is None)
    assert ["account_closed"] == [kind for kind, _ in await house.letters("ada@gone.example")]
    left = "select (select count(*) from sessions where user_id = $1) + (select count(*) from grants where user_id = $1)"
    assert 0 == await house.ground.db.fetchval(left, ada.id)
