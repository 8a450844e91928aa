"""A database whose connection is killed before a chosen statement of each transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.postgres import Database, Tx

COMMIT = "commit"


class Mortal(Database):
    """Counts the statements of its next transactions, and lets the server end the session before the one numbered
    `dies_at`; the commit is one of them."""

    def __init__(self, alive: Database) -> None:
        super().__init__(alive.url, min_size=1, max_size=4)
        self._alive = alive
        self.dies_at, self.seen, self.last = 0, 0, ""

    @asynccontextmanager
    async def transaction(self, *, isolation: Any = None) -> AsyncIterator[Tx]:
        async with super().transaction(isolation=isolation) as tx:
            yield _Counted(self, tx)  # type: ignore[misc] # has the methods that stores use
            await self.step(tx, COMMIT)

    async def step(self, tx: Any, sql: str) -> None:
        self.seen += 1
        self.last = sql
        if self.seen == self.dies_at:
            pid = await tx.fetchval("select pg_backend_pid()")
            await self._alive.execute("select pg_terminate_backend($1, 5000)", pid)


class _Counted:
    """A connection within a transaction, each of whose statements is a step."""

    def __init__(self, database: Mortal, tx: Any) -> None:
        self._database, self._tx = database, tx

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._tx, name)

        async def counted(sql: str, *args: Any, **named: Any) -> Any:
            await self._database.step(self._tx, sql)
            return await call(sql, *args, **named)

        return counted
