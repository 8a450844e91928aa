"""The connection to NATS: reconnects for ever, counts what goes wrong, never gives up silently."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import SlowConsumerError

from chassis import metrics
from chassis.settings import Secret

logger = structlog.get_logger()

FIRST_SECONDS = 3.0
"""How long the first connection is tried. Told to reconnect for ever, nats-py tries that one for ever, in silence."""

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
        """Hands what is pending to the socket now; uvloop sends all that one turn of the loop wrote in one call."""
        if force_flush or not self.is_connected or self._transport is None:
            return await super()._flush_pending(force_flush)
        pending, self._pending, self._pending_data_size = self._pending, [], 0
        # Of a lost connection the reading side takes care.
        with suppress(OSError):
            self._transport.writelines(pending)
            await self._transport.drain()  # type: ignore[no-untyped-call] # as nats-py has it
        return None

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109 - nats-py's own signature
        """Raises nats.errors.FlushTimeoutError after `timeout` seconds, twice at most.

        nats-py writes its PING past the commands that still wait for its flusher task, so that the PONG may overtake
        a SUB or UNSUB: exchanges were lost at start and drain. The second PING is written after that task has run.
        """
        await super().flush(timeout)
        await super().flush(timeout)


async def connect(
    url: str,
    *,
    name: str,
    user: str | None = None,
    password: Secret | None = None,
    inbox_prefix: str | None = None,
) -> Link:
    """Raises OSError or nats.errors.Error while no server is there; life tries again.

    `inbox_prefix` is this user's own: nobody else may hear its replies (design.md section 3, Rights).
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
                disconnected_cb=_on_lost,
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


async def _on_lost() -> None:
    logger.warning("nats.lost")


async def _on_back() -> None:
    logger.warning("nats.back")
