"""Ends subscriptions so that nothing already delivered is lost, and so that a dead link cannot hold up the end."""

import asyncio
import contextlib
from collections.abc import Iterable

import nats.errors
from nats.aio.subscription import Subscription

PATIENCE = 1.0
"""Seconds for the round trip to the server."""


async def leave(subscriptions: Iterable[Subscription]) -> None:
    """Tells the server, then lets the callbacks see what had arrived by then."""
    await asyncio.gather(*(_leave(subscription) for subscription in subscriptions))


async def _leave(subscription: Subscription) -> None:
    with contextlib.suppress(nats.errors.Error, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await subscription.drain()  # type: ignore[no-untyped-call] # nats-py leaves its result untyped
