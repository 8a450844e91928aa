"""SQL stands where it is looked for, and every statement is one that its own database understands."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from chassis.migrate import migrate
from chassis.postgres import Tx
from chassis.service import EVENTS_MIGRATIONS
from tests.architecture.sources import ROOT, services
from tests.architecture.statements import Statement, statements

ELSEWHERE = {
    "chassis/postgres.py": "the pool itself; its one statement is the ping",
    "chassis/migrate.py": "the ledger of migrations is its whole subject",
    "chassis/days.py": "partitions by day, for whoever keeps a log in them",
    "chassis/reseal.py": "columns of any service that the vault sealed",
    "chassis/table_sizes.py": "one look at the catalogue of Postgres",
    "chassis/events/": "each file is one table of the event log, or one step over it, with its statements",
    "services/auth/accounts/log.py": "the one line that every act on an account leaves",
    "services/auth/accounts/tries.py": "a counter that is one statement",
    "services/auth/accounts/verifications.py": "links from mails are a table that nobody else reads",
    "services/auth/letterbox/box.py": "the queue of asks is a table that nobody else reads",
    "services/auth/logout/outbox.py": "the queue of logout tokens is a table that nobody else reads",
    "services/auth/mail/outbox.py": "the queue of mails is a table that nobody else reads",
    "services/auth/purge.py": "a statement for each table of which old rows are removed",
    "services/auth/principals/": "one statement for each question that the gateway asks",
    "services/auth/resources/seed.py": "what an operator's first start writes, once",
    "services/auth/token/": "a table for each file: codes, the log of tokens, the judgement that writes it",
    "services/auth/tokens/": "families of tokens: read, written and revoked in the statement that decides",
}
"""Files that hold SQL though their name is not store.py, and why."""

UNTOLD = {
    ("chassis/postgres.py", "sql"): "passes on what stores say",
    ("chassis/migrate.py", "sql"): "the migration itself",
    ("chassis/days.py", "f'lock table {log.table} in access exclusive mode'"): "a log by its name",
    ("chassis/days.py", "held"): "whether the default partition holds a day",
    (
        "chassis/days.py",
        "f\"create table {log.table}_{day['name']} partition of {log.table} {bounds}\"",
    ): "a day",
    ("chassis/days.py", "f\"drop table {row['name']}\""): "the partition of a day",
    ("chassis/days.py", "ahead"): "a log by its name",
    ("chassis/days.py", "old"): "a log by its name",
    ("chassis/reseal.py", "older"): "a column by its name",
    ("chassis/reseal.py", "written"): "a column by its name",
    ("services/delivery/queue/store.py", "_PAGES[asked.status]"): "a page by status, made of constants at the import",
    ("services/auth/purge.py", "sql"): "one of the statements of its table, which are prepared",
    ("services/registry/holdings/store.py", "sql"): "one of the statements of its table, which are prepared",
    ("services/auth/holdings/store.py", "sql"): "one of the statements of its table, which are prepared",
}
"""Statements whose text only run time knows, and what they are. Names of partitions come from Postgres itself."""


@pytest.mark.parametrize("folder", sorted(ROOT.glob("services/*/migrations")), ids=lambda folder: folder.parent.name)
def test_migrations_are_counted(folder: Path) -> None:
    """Each has the next number, so that their order is nobody's guess; two people who take the same one hear of it."""
    numbers = [int(path.name[:4]) for path in sorted(folder.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_sql_stands_in_stores() -> None:
    """Whoever looks for what is kept opens store.py."""
    assert [] == [
        f"{found.place}: {found.written[:60]}"
        for found in statements()
        if not found.source.path.endswith("/store.py") and not found.source.path.startswith(tuple(ELSEWHERE))
    ]


def test_statements_are_told_before_run_time() -> None:
    """SQL is put together from constants alone, never from what comes in."""
    untold = [found for found in statements() if found.sql is None]
    assert [] == [
        f"{found.place}: {found.written}" for found in untold if (found.source.path, found.written) not in UNTOLD
    ]
    assert set() == set(UNTOLD) - {(found.source.path, found.written) for found in untold}, "waivers of nothing"


@pytest.mark.parametrize("package", ["chassis", *(f"services.{name}" for name in services())])
async def test_every_statement_prepares(package: str, new_database: Callable[[str], Awaitable[str]]) -> None:
    """Postgres parses each statement against the schema that this release's migrations make."""
    url = await new_database(package.rpartition(".")[2])
    await migrate(url, EVENTS_MIGRATIONS, *own_migrations(package))
    found = [one for one in statements() if one.source.package == package and one.sql is not None]
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        assert [] == [complaint for one in found if (complaint := await complaint_about(connection, one))]


def own_migrations(package: str) -> list[Path]:
    return [ROOT / package.replace(".", "/") / "migrations"] if package != "chassis" else []


async def complaint_about(connection: Tx, one: Statement) -> str | None:
    """What Postgres says against a statement."""
    try:
        await connection.prepare(one.sql or "")
    except asyncpg.PostgresError as error:
        return f"{one.place}: {error}"
    return None
