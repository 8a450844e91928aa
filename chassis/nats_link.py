"""The connection to NATS: reconnects for ever, counts what goes wrong, never gives up silently."""

import asyncio

import structlog
from nats.aio.client import Client
from nats.errors import SlowConsumerError

from chassis import metrics
from chassis.settings import Secret

logger = structlog.get_logger()

FIRST_SECONDS = 3.0
"""How long the first connection is tried. Told to reconnect for ever, nats-py tries that one for ever, in silence."""

PING_SECONDS = 2
"""A dead server is noticed after two missed pings."""

_errors = metrics.counter("nats.errors", description="Errors on the NATS connection, by kind.")


class Link(Client):
    """nats-py's client, whose `flush` keeps its promise: all that was said before has reached the server."""

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
) -> Client:
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
