"""The connection to NATS: reconnects for ever, counts what goes wrong, never gives up silently."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.errors import ConnectionClosedError, SlowConsumerError

from chassis import metrics
from chassis.settings import Secret

logger = structlog.get_logger()

FIRST_SECONDS = 3.0
"""How long the first connection is tried. Told to reconnect for ever, nats-py tries that one for ever, in silence."""

UNSENT = 64 * 1024
"""Bytes in the socket's buffer above which whoever speaks has to wait."""

TOGETHER = 12
"""Messages in one write. With fewer the system calls cost more; with all of a turn, one process works on thirty while
the next one has nothing to do."""

PING_SECONDS = 2
"""A dead server is noticed after two missed pings."""

_errors = metrics.counter("nats.errors", description="Errors on the NATS connection, by kind.")


Ear = Callable[[str, str, bytes], None]
"""Hears subject, reply subject and payload; does not wait for anything."""


class Link(Client):
    """nats-py's client with shorter ways, and a `flush` that keeps its promise.

    Its own pass every message through a queue and a task in each direction, which two turns of the event loop are
    a tenth of an exchange. The overridden methods are private to nats-py: the lock pins its release, tests/chassis hold
    what is promised here.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ears: dict[int, Ear] = {}
        self._writing = False
        self._said = 0

    async def hear(self, subject: str, ear: Ear, queue: str = "") -> Subscription:
        """Calls `ear` as soon as a message is read, before anything else is read."""

        async def slowly(message: Msg) -> None:
            ear(message.subject, message.reply, message.data)

        subscription = await self.subscribe(subject, queue=queue, cb=slowly)
        self._ears[subscription._id] = ear  # noqa: SLF001 - the number that messages come with
        return subscription

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        ear = self._ears.get(sid)
        if ear is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        try:
            ear(subject.decode(), reply.decode() if reply else "", data)
        except Exception:
            # It would end the reading of everything.
            logger.exception("nats.ear.failed", subject=subject.decode())

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        super()._remove_sub(sid, max_msgs)
        self._ears.pop(sid, None)

    async def _flush_pending(self, force_flush: bool = False) -> Any:
        """What one turn of the loop has said goes out in few writes, without a task in between.

        While the server is slow to read, nats-py's own flusher waits for it.
        """
        if force_flush or not self._fluent():
            return await super()._flush_pending(force_flush)
        self._said += 1
        if self._said >= TOGETHER:
            self._write()
        elif not self._writing:
            self._writing = True
            asyncio.get_running_loop().call_soon(self._turn_ends)
        return None

    def _turn_ends(self) -> None:
        self._writing = False
        self._write()

    def _write(self) -> None:
        self._said = 0
        # What a lost connection leaves here is sent when the next one stands.
        if self._pending and self.is_connected and self._transport is not None:
            pending, self._pending, self._pending_data_size = self._pending, [], 0
            self._transport.writelines(pending)

    def _fluent(self) -> bool:
        if not self.is_connected or not isinstance(self._transport, TcpTransport):
            return False
        writer = self._transport._io_writer  # noqa: SLF001 - the one place that knows how much has not been sent
        return writer is not None and writer.transport.get_write_buffer_size() < UNSENT

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109 - nats-py's own signature
        """Raises nats.errors.FlushTimeoutError after `timeout` seconds, twice at most.

        nats-py writes its PING past the commands that still wait for its flusher task, so that the PONG may overtake
        a SUB or UNSUB: exchanges were lost at start and drain. The second PING is written after that task has run.
        """
        await self._pong_within(timeout)
        await self._pong_within(timeout)

    async def answers(self) -> None:
        """Raises unless the server answers within a second: a frozen one leaves the connection standing for longer."""
        if not self.is_connected:
            raise ConnectionClosedError
        await self._pong_within(1)

    async def _pong_within(self, seconds: int) -> None:
        """Before Python 3.12 asyncio.wait_for, which nats-py uses, forgets a cancellation that comes with the PONG."""
        await super().flush(seconds)
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError

    async def _process_pong(self) -> None:
        """A flush that gave up leaves a cancelled future behind, whose late PONG would end all reading."""
        if self._pongs and self._pongs[0].done():
            self._pongs.pop(0)
            self._pings_outstanding = 0
            return
        await super()._process_pong()


async def connect(
    url: str,
    *,
    name: str,
    user: str | None = None,
    password: Secret | None = None,
    inbox_prefix: str | None = None,
) -> Link:
    """Raises OSError or nats.errors.Error while no server is there; life tries again.

    `inbox_prefix` is this user's own: nobody else may hear its replies (ADR 1).
    """
    client = Link()
    try:
        async with asyncio.timeout(FIRST_SECONDS):
            await client.connect(
                url,
                name=name,
                user=user,
                password=password.reveal() if password else None,
                inbox_prefix=(inbox_prefix or "_INBOX").encode(),
                error_cb=_on_error,
                disconnected_cb=partial(_on_lost, client),
                reconnected_cb=_on_back,
                allow_reconnect=True,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.2,  # type: ignore[arg-type] # seconds; typed as int, used as a number
                connect_timeout=2,
                ping_interval=PING_SECONDS,
                max_outstanding_pings=2,
                flusher_queue_size=4096,
            )
    except TimeoutError as late:
        await client.close()
        raise client.last_error or late from late
    return client


async def _on_error(error: Exception) -> None:
    kind = "dropped" if isinstance(error, SlowConsumerError) else type(error).__name__
    _errors.add(1, {"kind": kind})
    logger.warning("nats.error", kind=kind, error=str(error))


async def _on_lost(client: Client) -> None:
    if not client.is_closed:  # whoever ends it knows
        logger.warning("nats.lost")


async def _on_back() -> None:
    logger.warning("nats.back")
