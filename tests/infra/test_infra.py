"""What every provider of test servers promises; run once more with LOGI_TEST_INFRA=containers or external."""

import asyncpg
import nats
import pytest
import redis.asyncio

from tests.infra.provider import Infra


async def test_postgres_is_18(infra: Infra) -> None:
    """The platform's SQL is written for PostgreSQL 18."""
    admin = await asyncpg.connect(infra.postgres)
    assert 18 == admin.get_server_version().major
    assert "UTF8" == await admin.fetchval("show server_encoding")
    await admin.close()


async def test_postgres_has_room_for_every_pool(infra: Infra) -> None:
    """Services in several processes with their pools fit."""
    admin = await asyncpg.connect(infra.postgres)
    assert int(await admin.fetchval("show max_connections")) >= 300
    await admin.close()


async def test_a_database_belongs_to_its_role(postgres_url: str) -> None:
    """The role may create what it likes in its own database, which begins empty."""
    owner = await asyncpg.connect(postgres_url)
    await owner.execute("create table thing (id int primary key)")
    assert 0 == await owner.fetchval("select count(*) from thing")
    await owner.close()


async def test_a_role_enters_no_other_database(new_database, postgres_url: str) -> None:
    """A service's credentials open only its own database."""
    other = await new_database("other")
    role, rest = other.rsplit("/", 1)[0], postgres_url.rsplit("/", 1)[1]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{role}/{rest}")


async def test_a_wrong_password_is_refused(postgres_url: str) -> None:
    """Nothing trusts a connection because it comes from this machine."""
    credentials, address = postgres_url.rsplit("@", 1)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"{credentials}x@{address}")


async def test_nats_carries_frames(nats_url: str) -> None:
    """Requests are answered, with payloads above the largest frame (1 MiB)."""
    client = await nats.connect(nats_url)
    assert client.max_payload > 1024 * 1024

    async def answer(message) -> None:
        await message.respond(message.data)

    await client.subscribe("infra.echo", cb=answer)
    assert b"x" * 1_100_000 == (await client.request("infra.echo", b"x" * 1_100_000, timeout=30)).data
    await client.close()


async def test_redis_runs_scripts(redis_url: str) -> None:
    """The limiter is one Lua script."""
    client = redis.asyncio.from_url(redis_url)
    assert 42 == await client.eval("return redis.call('incrby', KEYS[1], 42)", 1, "infra:n")
    await client.delete("infra:n")
    await client.aclose()
