"""Killed at any step: what was to change is as it was, or as it shall be with every event of it; never in between."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.auth import sessions
from services.auth.account_area import everywhere
from services.auth.accounts import store as accounts
from services.auth.connected_apps import disconnect, take_back, withdraw
from services.auth.deletion import close, purge, restore
from services.auth.ground import Ground
from services.auth.sessions.store import Place
from tests.auth.connected_apps.test_connected_apps import CLIENT, connect
from tests.auth.deletion.dying import Dying
from tests.auth.people import People

Act = Callable[[Ground, int], Awaitable[Any]]

STATE = """select
    (select deleted_at is not null from users where id = $1) as closed,
    (select coalesce(array_length(scopes, 1), 0) from grants where user_id = $1) as scopes,
    (select count(*) from token_families where user_id = $1 and revoked_at is null) as living,
    (select count(*) from sessions where user_id = $1) as sessions,
    (select count(*) from account_audit where user_id = $1) as trail,
    (select count(*) from mail_outbox where recipient = $2) as letters"""


async def _disconnect(ground: Ground, user_id: int) -> None:
    await disconnect.disconnect(ground, user_id, CLIENT)


async def _withdraw(ground: Ground, user_id: int) -> None:
    await withdraw.scope(ground, user_id, CLIENT, "email")


async def _restore(ground: Ground, user_id: int) -> None:
    await restore.by_operator(ground.db, ground.vault, ground.issuer, user_id, ground.clock.now())


async def _purge(ground: Ground, _: int) -> None:
    await purge.once(ground)


ACTS: dict[str, Act] = {
    "close": close.account,
    "disconnect": _disconnect,
    "withdraw": _withdraw,
    "take everything back": take_back.grants,
    "sign out everywhere": everywhere.sign_out,
    "restore": _restore,
    "purge": _purge,
}


async def state(house: People, user_id: int, email: str) -> Mapping[str, Any]:
    """Everything that the acts change, and how many events of each kind tell of the person."""
    row = await house.ground.db.fetchrow(STATE, user_id, email)
    rows = await house.ground.db.fetch("select tag, payload from outbox")
    told = [row["tag"] for row in rows if f'"{user_id}"' in bytes(row["payload"]).decode()]
    return {**dict(row or {}), **{tag: told.count(tag) for tag in sorted(set(told))}}


async def somebody(house: People, email: str, act: str) -> int:
    """With a grant, a living family and a session; closed already, where the act needs it."""
    new = accounts.NewAccount(
        email=email, email_key=email, password_hash="-", role="developer", identity_verified_level=1
    )
    async with house.ground.db.transaction() as tx:
        account = await accounts.insert(tx, new, house.clock.now())
        assert account is not None
        await sessions.begin(tx, account, ("pwd",), Place("192.0.2.7", "test"), house.clock.now())
    await connect(house, account.id)
    later = house.clock.now() + timedelta(days=1)
    await house.ground.db.execute("update token_families set expires_at = $2 where user_id = $1", account.id, later)
    if act in ("restore", "purge"):
        await close.account(house.ground, account.id)
    if act == "purge":
        house.clock.advance(close.GRACE + purge.MARGIN)
    return account.id


@pytest.mark.parametrize("act", ACTS)
async def test_killed_at_any_step(process: People, act: str) -> None:
    """Before each statement and after the last: the old state without an event, or the new one with its events."""
    for last in range(1, 60):
        email = f"{act.replace(' ', '-')}-{last}@killed.example"
        user_id = await somebody(process, email, act)
        before = await state(process, user_id, email)
        dying = Dying(process.ground.db.url, last)
        await dying.start()
        died = None
        try:
            await ACTS[act](msgspec.structs.replace(process.ground, db=dying), user_id)
        except Exception as error:  # noqa: BLE001 - a dead connection shows itself in several ways
            died = error
        assert dying.died or died is None, died
        await dying.buried(process.ground.db)
        after = await state(process, user_id, email)
        if not dying.died:
            break
        if act == "purge" and after["closed"] is not None:
            # Its rows go in batches; whatever is gone of them, the account cannot come back and tells of no end.
            assert (True, 0) == (after["closed"], after.get("auth.account.purged", 0))
        elif after != before:
            await _all_of_it(process, act, user_id, before, after)
        if after == before:
            await ACTS[act](process.ground, user_id)
    else:
        pytest.fail("the act has more statements than were tried")
    assert last > 3
    await _all_of_it(process, act, user_id, before, after)


async def _all_of_it(
    house: People, act: str, user_id: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """What the act does without anybody's death."""
    email = f"{act.replace(' ', '-')}-{user_id}-whole@killed.example"
    whole = await somebody(house, email, act)
    assert before == await state(house, whole, email)
    await ACTS[act](house.ground, whole)
    assert await state(house, whole, email) == after
