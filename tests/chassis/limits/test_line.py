"""The connection to Redis: in order, under its own database, and honest about its end."""

import asyncio
from urllib.parse import urlsplit

import pytest
from redis.exceptions import NoScriptError, RedisError, ResponseError

from chassis.limits.line import Line
from deploy.local.servers.redis import Redis


async def test_answers_come_in_the_order_of_the_commands(redis_url: str) -> None:
    """A hundred commands that nobody waited between get each its own answer."""
    line = await Line.open(redis_url)
    said = [line.say("ECHO", str(number)) for number in range(100)]
    assert [str(number).encode() for number in range(100)] == await asyncio.gather(*said)
    line.close()


async def test_a_refused_command_ends_nothing(redis_url: str) -> None:
    """An error is the answer of its command alone, and names a script that is missing."""
    line = await Line.open(redis_url)
    unknown, missing, fine = line.say("NONSENSE"), line.say("EVALSHA", "0" * 40, 0), line.say("PING")
    with pytest.raises(ResponseError):
        await unknown
    with pytest.raises(NoScriptError):
        await missing
    assert b"PONG" == await fine
    line.close()


async def test_it_is_in_the_database_of_its_url(redis_url: str) -> None:
    """What is said in one database is not there in another."""
    here = await Line.open(urlsplit(redis_url)._replace(path="/14").geturl())
    there = await Line.open(urlsplit(redis_url)._replace(path="/15").geturl())
    await here.say("SET", "cup", "full", "PX", 5000)
    assert (b"full", None) == (await here.say("GET", "cup"), await there.say("GET", "cup"))
    here.close()
    there.close()


async def test_a_wrong_password_opens_nothing(redis_url: str) -> None:
    """The refusal is Redis' own."""
    wrong = urlsplit(redis_url)
    with pytest.raises(ResponseError):
        await Line.open(f"redis://:wrong@{wrong.hostname}:{wrong.port}/0")


async def test_what_waits_is_told_of_the_end(redis_url: str) -> None:
    """Closing leaves nobody waiting, and a closed line takes nothing more."""
    line = await Line.open(redis_url)
    waiting = line.say("BLPOP", "empty", 10)
    line.close()
    for answer in (waiting, line.say("PING")):
        with pytest.raises(RedisError):
            await answer


async def test_a_killed_server_is_noticed(own_redis: Redis) -> None:
    """The end of the other side ends what waits for it."""
    line = await Line.open(own_redis.url())
    waiting = line.say("BLPOP", "empty", 10)
    await asyncio.to_thread(own_redis.kill)
    with pytest.raises(RedisError):
        await waiting
    assert line.lost
