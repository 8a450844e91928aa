"""A database whose process dies: after a number of statements its connection is gone, as Postgres sees a kill -9."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.postgres import Database, Tx


class Dying(Database):
    """Dies after the `last`-th statement that runs in a transaction; the commit is one of them."""

    def __init__(self, url: str, last: int) -> None:
        super().__init__(url, max_size=2)
        self._left = last
        self._pids: set[int] = set()

    @property
    def died(self) -> bool:
        return self._left <= 0

    async def buried(self, other: Database) -> None:
        """Returns once Postgres has seen the death: a commit under way is done by then, or never will be."""
        await self.stop()
        alive = "select exists (select from pg_stat_activity where pid = any ($1::int[]))"
        async with asyncio.timeout(30):
            while await other.fetchval(alive, list(self._pids)):
                await asyncio.sleep(0.005)

    @asynccontextmanager
    async def transaction(self, *, isolation: Any = None) -> AsyncIterator[Tx]:
        async with super().transaction(isolation=isolation) as tx:
            connection: Any = tx
            self._pids.add(connection.get_server_pid())

            def count(_: object) -> None:
                self._left -= 1
                if self._left == 0:
                    connection.terminate()

            connection.add_query_logger(count)
            yield tx
