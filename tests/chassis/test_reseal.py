"""After a change of the key everything is sealed with the new one, while others read and write."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from chassis import reseal
from chassis.postgres import Database
from chassis.reseal import Done, Place
from chassis.settings import Secret
from chassis.vault import Vault

FIRST, SECOND = (base64.b64encode(bytes([fill]) * 32).decode() for fill in (1, 2))
OLD, BOTH, NEW = (
    Vault.from_setting(Secret(setting)) for setting in (f"v1:{FIRST}", f"v2:{SECOND},v1:{FIRST}", f"v2:{SECOND}")
)
PLACE = Place("chests", "sealed", "'chest/' || id")
MANY = 1_200
"""More than two batches."""


@pytest.fixture(scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url, max_size=4)
    await database.start()
    await database.execute("create table chests (id int primary key, sealed bytea)")
    yield database
    await database.stop()


@pytest.fixture(autouse=True)
async def chests(db: Database) -> None:
    """Sealed with the old key, but for one that is empty."""
    await db.execute("truncate chests")
    rows = [(number, OLD.seal(b"%d" % number, f"chest/{number}")) for number in range(MANY)]
    await db.pool.executemany("insert into chests values ($1, $2)", [*rows, (MANY, None)])


async def opened(db: Database, vault: Vault) -> list[bytes]:
    rows = await db.fetch("select id, sealed from chests where sealed is not null order by id")
    return [vault.open(row["sealed"], f"chest/{row['id']}") for row in rows]


async def test_the_new_key_alone_opens_everything(db: Database) -> None:
    """Each value once, whatever their number; doing it again finds nothing left to do."""
    assert Done(MANY, 0) == await reseal.column(db, BOTH, PLACE)
    assert [b"%d" % number for number in range(MANY)] == await opened(db, NEW)
    assert Done(0, 0) == await reseal.column(db, BOTH, PLACE)


async def test_what_no_key_opens_is_left_and_told(db: Database) -> None:
    """A value of a key that is gone, an altered and a moved one stay as they are; the rest is sealed anew."""
    gone = Vault.from_setting(Secret(f"v0:{SECOND}")).seal(b"x", "chest/3")
    bad = {3: gone, 700: OLD.seal(b"x", "chest/8"), 1100: OLD.seal(b"x", "chest/1100")[:-1]}
    for number, sealed in bad.items():
        await db.execute("update chests set sealed = $2 where id = $1", number, sealed)
    assert Done(MANY - 3, 3) == await reseal.column(db, BOTH, PLACE)
    left = await db.fetch("select id, sealed from chests where id = any($1::int[])", list(bad))
    assert bad == {row["id"]: row["sealed"] for row in left}


async def test_what_changes_meanwhile_is_never_overwritten(db: Database) -> None:
    """Others write with the old key and the new one, and take rows away, all the while; nothing of theirs is lost."""

    async def others() -> None:
        for number in range(0, MANY, 3):
            vault = OLD if number % 2 else BOTH
            fresh = vault.seal(b"changed", f"chest/{number}")
            await db.execute("update chests set sealed = $2 where id = $1", number, fresh)
            await db.execute("delete from chests where id = $1", number + 1)

    await asyncio.gather(others(), *(reseal.column(db, BOTH, PLACE) for _ in range(2)))
    await reseal.column(db, BOTH, PLACE)
    expected = [b"%d" % number if number % 3 else b"changed" for number in range(MANY) if number % 3 != 1]
    assert expected == await opened(db, NEW)


@pytest.mark.parametrize(("lost", "status"), [(False, None), (True, "put no key away")])
async def test_the_operator_is_told(
    db: Database, capsys: pytest.CaptureFixture[str], lost: bool, status: str | None
) -> None:
    """Column by column, without a secret; whoever must not put the old key away yet is told so by the exit status."""

    class Settings:
        key_encryption_keys = Secret(f"v2:{SECOND}" if lost else f"v2:{SECOND},v1:{FIRST}")

    said = None
    try:
        await reseal.command([PLACE])(Settings(), db, [])
    except SystemExit as end:
        said = str(end.code)
    assert (status is None, True) == (said is None, (status or "") in (said or ""))
    count = f"0 sealed anew, {MANY} that no key opens" if lost else f"{MANY} sealed anew"
    assert f"chests.sealed: {count}" in capsys.readouterr().out
