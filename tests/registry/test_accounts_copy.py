"""Registry's copy of accounts, taken anew from auth's snapshot (chassis.events.rebuild)."""

from datetime import UTC, datetime

import httpx
import msgspec

from chassis.events import Record
from chassis.postgres import Database
from contracts.events.auth import User
from services.registry.ground import Ground
from services.registry.organizations.accounts import Accounts
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app
from tests.registry.papers import APPS

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def record(
    user_id: int, version: int, email: str | None, deleted_at: datetime | None = None, merged_into: int | None = None
) -> Record:
    user = User(
        id=user_id,
        sub=str(user_id),
        version=version,
        email=email,
        role="developer",
        identity_verified_level=1,
        created_at=BEGAN,
        deleted_at=deleted_at,
        merged_into=merged_into,
    )
    return Record(f"{user_id:019d}", version, msgspec.json.encode(user))


async def email_of(db: Database, user_id: int) -> str | None:
    found: str | None = await db.fetchval("select email from developers where user_id = $1", user_id)
    return found


async def test_a_rebuilt_copy(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """The newest counts, after a restore whatever comes; whom auth has no more leaves, and the apps go to the trash."""
    stays, goes = a_developer(), a_developer()
    app = (await http.post(APPS, json=an_app(), headers=as_caller(goes))).json()
    copy = Accounts(ground)
    async with db.transaction() as tx:
        for number in (stays.user_id, goes.user_id):
            await copy.apply(tx, record(number, 3, f"{number}@new.example"))
        assert {f"{number:019d}" for number in (stays.user_id, goes.user_id)} <= set(await copy.keys(tx))
        await copy.apply(tx, record(stays.user_id, 2, "old@old.example"))
    assert f"{stays.user_id}@new.example" == await email_of(db, stays.user_id)
    async with db.transaction() as tx:
        await copy.distrust(tx)
        await copy.apply(tx, record(stays.user_id, 1, "restored@old.example"))
        await copy.remove(tx, [f"{goes.user_id:019d}"])
        assert f"{goes.user_id:019d}" not in await copy.keys(tx)
    assert ("restored@old.example", None) == (await email_of(db, stays.user_id), await email_of(db, goes.user_id))
    assert await db.fetchval("select deleted_at is not null from applications where id = $1", app["id"])
    assert 0 == await db.fetchval("select count(*) from memberships where user_id = $1", goes.user_id)


async def test_a_closed_account(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """One whose closing was missed has its apps in the trash, whoever says so."""
    me = a_developer()
    app = (await http.post(APPS, json=an_app(), headers=as_caller(me))).json()
    async with db.transaction() as tx:
        await Accounts(ground).apply(tx, record(me.user_id, 9, None, deleted_at=BEGAN))
    assert await db.fetchval("select deleted_at is not null from applications where id = $1", app["id"])
    assert 404 == (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).status_code


async def test_an_absorbed_account(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """What two accounts of one person had is one person's: apps, memberships by the higher role, told twice or once."""
    survivor, absorbed = a_developer(), a_developer()
    app = (await http.post(APPS, json=an_app(), headers=as_caller(absorbed))).json()
    both = await db.fetchval("select organization_id from applications where id = $1", app["id"])
    await db.execute(
        "insert into memberships (organization_id, user_id, role, joined_at) values ($1, $2, 'developer', $3)",
        both,
        survivor.user_id,
        BEGAN,
    )
    for _ in range(2):
        async with db.transaction() as tx:
            told = record(absorbed.user_id, 9, None, merged_into=survivor.user_id)
            await Accounts(ground).apply(tx, told)
    assert 404 == (await http.get(f"{APPS}/{app['id']}", headers=as_caller(absorbed))).status_code
    changed = await http.patch(
        f"{APPS}/{app['id']}", json={"application": {"name": "Ours"}}, headers=as_caller(survivor)
    )
    assert 200 == changed.status_code, changed.text
    rows = await db.fetch("select user_id, role from memberships where organization_id = $1", both)
    assert [(survivor.user_id, "owner")] == [tuple(row) for row in rows]
