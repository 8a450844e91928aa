"""One pool per process, explicit transactions, and a span around each statement of a recorded trace."""

import inspect
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, Union
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pgproto import pgproto
from asyncpg.pool import PoolConnectionProxy

from chassis import metrics, trace

# A Union of names, because at run time `Tx | Database` must be a type as well, and asyncpg's classes take no brackets.
Tx: TypeAlias = Union["PoolConnectionProxy[asyncpg.Record]", "asyncpg.Connection[asyncpg.Record]"]
"""A connection within a transaction; whoever holds one may write."""

Row: TypeAlias = asyncpg.Record

UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    # What asyncpg makes of a statement on a connection that the server has just said goodbye to.
    asyncpg.InternalClientError,
    # What two transactions did to each other and five attempts did not mend (chassis.races): nothing was changed.
    asyncpg.DeadlockDetectedError,
    # A statement that took longer than `statement_timeout`, mostly in waiting for somebody else's: nothing was changed.
    asyncpg.QueryCanceledError,
    OSError,
)
"""What a lost, restarting or overladen server raises; a request may answer 503, a loop may try again."""

UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError, UnicodeEncodeError)
"""What a text raises that no Postgres keeps: a NUL in it, or half of a pair of surrogates."""


def random_uuid() -> UUID:
    """Version 4 (RFC 9562 section 5.4), of asyncpg's own kind: made, written and sent in a quarter of the time."""
    bits = bytearray(os.urandom(16))
    bits[6], bits[8] = bits[6] & 0x0F | 0x40, bits[8] & 0x3F | 0x80
    return pgproto.UUID(bytes(bits))


_nudged: ContextVar[frozenset[str]] = ContextVar("nudged", default=frozenset())

_FIRST_WORD = re.compile(r"\s*(\w+)")


def nudge_on_commit(about: str = "") -> None:
    """Asks that whoever waits by `Database.on_nudge` is woken once the transaction we are in has committed.

    `about` spares those who wait for something else. Within the process, because a Postgres NOTIFY holds a lock of the
    whole server through each commit.
    """
    _nudged.set(_nudged.get() | {about})


class Database:
    """The service's own database, under its own role."""

    def __init__(self, url: str, *, min_size: int = 1, max_size: int = 10, statement_timeout_ms: int = 10_000) -> None:
        self._url, self._min, self._max = url, min_size, max_size
        self._statement_timeout = statement_timeout_ms
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._wakes: list[tuple[Callable[[], object], str | None]] = []

    @property
    def url(self) -> str:
        return self._url

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise RuntimeError("the database is used before it was started")
        return self._pool

    async def start(self) -> None:
        """Raises OSError or asyncpg.PostgresError while the server is not there; life tries again."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=self._min,
            max_size=self._max,
            command_timeout=self._statement_timeout / 1000 + 5,
            server_settings={
                "application_name": "logi",
                "statement_timeout": str(self._statement_timeout),
                "idle_in_transaction_session_timeout": "10000",
                "tcp_keepalives_idle": "5",
                "tcp_keepalives_interval": "5",
            },
            init=_prepare,
            reset=_keep,
        )

    async def stop(self) -> None:
        if self._pool is not None:
            self._pool.terminate()

    async def ping(self) -> None:
        await self.pool.fetchval("select 1", timeout=2)

    @asynccontextmanager
    async def transaction(self, *, isolation: Any = None) -> AsyncIterator[Tx]:
        """Commits at the end of the block; any exception rolls back."""
        before = _nudged.get()
        _nudged.set(frozenset())
        try:
            with trace.span("postgres.transaction", kind="client"):
                async with self.pool.acquire() as connection, connection.transaction(isolation=isolation):
                    yield connection
            if nudges := _nudged.get():
                for wake, about in self._wakes:
                    if (about is None or about in nudges) and inspect.isawaitable(said := wake()):
                        await said
        finally:
            _nudged.set(before)

    def on_nudge(self, wake: Callable[[], object], about: str | None = None) -> None:
        """Calls `wake` after each commit of a transaction that asked for it; with `about` only for nudges about it.

        What `wake` returns is awaited, if it can be, before `transaction` ends: whoever committed goes on after it.
        """
        self._wakes.append((wake, about))

    def off_nudge(self, wake: Callable[[], object]) -> None:
        self._wakes = [(other, about) for other, about in self._wakes if other != wake]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Tx]:
        """A connection for several reads that need no transaction."""
        async with self.pool.acquire() as connection:
            yield connection

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        with _statement(sql):
            return await self.pool.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        with _statement(sql):
            return await self.pool.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        with _statement(sql):
            return await self.pool.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        with _statement(sql):
            return await self.pool.execute(sql, *args)

    def watch(self) -> None:
        """Publishes how much of the pool is in use."""
        metrics.observe_gauge("postgres.pool.used", self._used, description="Connections lent out.")

    def _used(self) -> Iterable[tuple[float, dict[str, str]]]:
        if self._pool is not None:
            yield self._pool.get_size() - self._pool.get_idle_size(), {}


def _statement(sql: str) -> trace.span:
    if not trace.recorded():
        return trace.span("")
    match = _FIRST_WORD.match(sql)
    name = match[1].lower() if match else "statement"
    return trace.span(
        f"postgres.{name}", kind="client", attributes={"db.system.name": "postgresql", "db.query.text": sql}
    )


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda stored: msgspec.json.decode(stored[1:]),
    )


async def _keep(_: Any) -> None:
    """Nothing here leaves session state behind, so a connection goes back without the reset query (+24 % requests)."""
