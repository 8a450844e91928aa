"""Limiters on this worker's Redis, and a Redis of one's own to stop and kill."""

import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.clock import FrozenClock
from chassis.limits import Limiter
from deploy.local.servers.redis import Redis


@pytest.fixture(scope="session")
def still() -> FrozenClock:
    """Time as these tests tell it to Redis."""
    return FrozenClock(datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
async def limiter(redis_url: str, still: FrozenClock) -> AsyncIterator[Limiter]:
    """A limiter whose time stands still unless it is moved; patient, because the machine may be busy."""
    made = Limiter(redis_url, time=still, timeout_seconds=10)
    yield made
    await made.stop()


@pytest.fixture
def own_redis(scratch_folder: Path) -> Iterator[Redis]:
    """A server of this test alone."""
    server = Redis(scratch_folder / f"redis-{secrets.token_hex(4)}", secrets.token_hex(12))
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def patient(own_redis: Redis) -> AsyncIterator[Limiter]:
    """A limiter on the private server, one of two gateways; patient, because the machine may be busy."""
    made = Limiter(own_redis.url(), gateways=2, timeout_seconds=10)
    yield made
    await made.stop()


@pytest.fixture
async def hasty(own_redis: Redis, still: FrozenClock) -> AsyncIterator[Limiter]:
    """One that gives Redis up sooner, and whose breaker stays as it is until `still` is moved."""
    made = Limiter(own_redis.url(), gateways=2, clock=still, timeout_seconds=0.3)
    yield made
    await made.stop()
