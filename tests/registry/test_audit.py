"""The audit log: one line for each change and each denial, chained, and no secret in it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import httpx
import msgspec
import pytest

from chassis.clock import SystemClock
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from services.registry import app, audit, upkeep
from services.registry.audit import verify
from services.registry.audit.entry import Subject
from services.registry.callers import SYSTEM
from services.registry.ground import Ground
from tests.gateless import as_caller
from tests.registry.builders import a_developer, an_app

URL = "/api/v1/applications"
NOW = SystemClock().now()


async def test_the_chain_holds(http: httpx.AsyncClient, db: Database) -> None:
    """Every change is an entry with who, what and the difference; the chain verifies, from an older anchor too."""
    me = a_developer()
    headers = {**as_caller(me), "x-logi-client-type": "terraform", "user-agent": "curl"}
    made = (await http.post(URL, json=an_app(), headers=headers)).json()
    anchor = (await verify.chain(db, NOW)).head
    rotated = (await http.post(f"{URL}/{made['id']}/rotate_secret", headers=headers)).json()
    await http.patch(f"{URL}/{made['id']}", json={"application": {"name": "Other"}}, headers=headers)
    rows = await db.fetch("select action, body from audit_log where actor_id = $1 order by id", me.user_id)
    actions = ["application.created", "application.secret_rotated", "application.updated"]
    assert actions == [row["action"] for row in rows]
    assert '"client_type_header":"terraform"' in rows[0]["body"]
    assert '"name":{"after":"Other","before":"Acme Notes"}' in rows[2]["body"]
    told = "".join(row["body"] for row in rows)
    for secret in (made["client_secret"], rotated["client_secret"]):
        assert secret not in told
    assert "[redacted]" in rows[1]["body"]
    found = await verify.chain(db, NOW, anchor)
    assert found.fault is None


async def test_denials_are_entries_too(http: httpx.AsyncClient, db: Database) -> None:
    """A 403 leaves a line with its route and its reason; a 404 does not."""
    me = a_developer(identity_verified_level=0)
    await http.post(URL, json=an_app(), headers=as_caller(me))
    await http.get(f"{URL}/1", headers=as_caller(me))
    rows = await db.fetch("select action, target_id, body from audit_log where actor_id = $1", me.user_id)
    assert [("access.denied", "create_application")] == [(row["action"], row["target_id"]) for row in rows]
    assert "identity_verification_required" in rows[0]["body"]


async def test_nothing_is_changed_or_removed(http: httpx.AsyncClient, db: Database) -> None:
    """The database itself refuses to alter an entry."""
    await http.post(URL, json=an_app(), headers=as_caller(a_developer()))
    for statement in ("update audit_log set body = 'x'", "delete from audit_log", "truncate audit_log"):
        with pytest.raises(asyncpg.RaiseError):
            await db.execute(statement)


async def test_retention_keeps_the_chain(new_database: Callable[[str], Awaitable[str]], ground: Ground) -> None:
    """After seven years an entry forgets what it said and keeps its link; a registration is kept for ever."""
    url = await new_database("retention")
    await migrate(url, EVENTS_MIGRATIONS, app.MIGRATIONS)
    db = Database(url)
    await db.start()
    try:
        old = NOW - timedelta(days=366 * 7 + 30)
        async with db.transaction() as tx:
            for action, at in (("application.created", old), ("application.updated", old), ("pak.created", NOW)):
                await audit.record(tx, SYSTEM, action, Subject(kind="application", id="old"), {}, at=at)
        await upkeep.once(msgspec.structs.replace(ground, db=db))
        rows = await db.fetch("select body is null as gone from audit_log order by id")
        assert [False, True, False] == [row["gone"] for row in rows]
        assert (await verify.chain(db, NOW)).fault is None
    finally:
        await db.stop()


async def test_what_was_emptied_too_early_is_found(http: httpx.AsyncClient, db: Database) -> None:
    """Behind the triggers' back nobody hides a young entry by making it look like one that retention took."""
    await http.post(URL, json=an_app(), headers=as_caller(a_developer()))
    me = a_developer(identity_verified_level=0)
    await http.post(URL, json=an_app(), headers=as_caller(me))
    row = await db.fetchrow("select id, body, occurred_at from audit_log where actor_id = $1", me.user_id)
    assert row is not None
    await db.execute("alter table audit_log disable trigger user")
    try:
        for at in (row["occurred_at"], NOW - timedelta(days=366 * 8)):
            await db.execute("update audit_log set body = null, occurred_at = $2 where id = $1", row["id"], at)
            assert f"entry {row['id']} was emptied before its time" == (await verify.chain(db, NOW)).fault
    finally:
        restored = "update audit_log set body = $2, occurred_at = $3 where id = $1"
        await db.execute(restored, row["id"], row["body"], row["occurred_at"])
        await db.execute("alter table audit_log enable trigger user")


async def test_tampering_is_found(http: httpx.AsyncClient, db: Database) -> None:
    """An entry altered behind the triggers' back, or cut off, is named by the verification."""
    me = a_developer()
    await http.post(URL, json=an_app(), headers=as_caller(me))
    head = (await verify.chain(db, NOW)).head
    number = int(head.partition(":")[0])
    await db.execute("alter table audit_log disable trigger user")
    try:
        body = await db.fetchval("select body from audit_log where id = $1", number)
        await db.execute("update audit_log set body = replace(body, 'Acme', 'Evil') where id = $1", number)
        assert f"entry {number} was altered" == (await verify.chain(db, NOW)).fault
        await db.execute("update audit_log set body = $2, actor_id = 1 where id = $1", number, body)
        assert f"the columns of entry {number} were altered" == (await verify.chain(db, NOW)).fault
        await db.execute("delete from audit_log where id = $1", number)
        assert f"the log ends at entry {number - 1}, its head says {number}" == (await verify.chain(db, NOW)).fault
    finally:
        await db.execute("alter table audit_log enable trigger user")
