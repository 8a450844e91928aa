"""Forward-only numbered migrations, applied one transaction each under an advisory lock.

A file that was applied may never change: its checksum is kept and compared.
"""

import hashlib
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from chassis.life import StartImpossible

logger = structlog.get_logger()

LOCK = 0x6C6F_6769
"""The key of the advisory lock ("logi"): two processes that start together take turns."""

LOCK_TIMEOUT = "5s"
"""A migration that cannot get its table lock fails and is tried anew; it must not queue up the house behind it."""

STATEMENT_TIMEOUT = "5min"

_LEDGER = """
create table if not exists schema_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
)"""


class MigrationChanged(StartImpossible):
    """A migration that was applied reads differently now: this database and this release do not belong together."""


async def migrate(url: str, *folders: Path) -> list[str]:
    """Applies what is new of `folders`, in their order, each by number; returns the names applied.

    A name is `<folder of the folder>/<file>`, so that chassis and service may both begin at 0001.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(_LEDGER)
        return await _apply(connection, [path for folder in folders for path in sorted(folder.glob("*.sql"))])
    finally:
        await connection.close()


async def _apply(connection: Any, paths: list[Path]) -> list[str]:
    done = {
        row["name"]: row["checksum"] for row in await connection.fetch("select name, checksum from schema_migrations")
    }
    applied = []
    for path in paths:
        name, sql = _name(path), path.read_text()
        checksum = hashlib.sha256(sql.encode()).hexdigest()
        if name in done:
            if done[name] != checksum:
                raise MigrationChanged(f"{name} was applied with other content; write a new migration instead")
            continue
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(f"set local statement_timeout = '{STATEMENT_TIMEOUT}'")
            await connection.execute(sql)
            await connection.execute("insert into schema_migrations (name, checksum) values ($1, $2)", name, checksum)
        logger.info("migration.applied", name=name)
        applied.append(name)
    return applied


def _name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.name}"
