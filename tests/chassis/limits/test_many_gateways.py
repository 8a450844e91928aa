"""Several gateways are one limiter."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import redis.asyncio

from chassis.limits import Limiter
from tests.chassis.limits.builders import a_policy

QUOTA = 40

PROGRAM = """
import asyncio, sys
from datetime import timedelta
from chassis.limits import Limiter, Policy

async def main(url, name, quota):
    limiter = Limiter(url, timeout_seconds=20)
    policy = Policy(name=name, quota=quota, window=timedelta(days=1))
    asked = [limiter.take([(policy, "k")]) for _ in range(10 * quota)]
    print(sum(decision.allowed and not decision.blind for decision in await asyncio.gather(*asked)))
    await limiter.stop()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_two_processes_share_one_quota(redis_url: str, tmp_path: Path) -> None:
    """Processes that ask at the same moment get the quota between them, not each."""
    program = tmp_path / "gateway.py"
    program.write_text(PROGRAM)
    name = a_policy().name + "-shared"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, program, redis_url, name, str(QUOTA),
            stdout=asyncio.subprocess.PIPE, cwd=Path.cwd(), env={"PYTHONPATH": str(Path.cwd())},
        )
        for _ in range(2)
    ]  # fmt: skip
    granted = [int((await process.communicate())[0]) for process in started]
    assert sum(granted) == QUOTA


async def test_clients_of_one_loop_share_one_quota(redis_url: str) -> None:
    """Each limiter has its own connections; the count is one."""
    policy = a_policy(QUOTA, timedelta(days=1).total_seconds())
    limiters = [Limiter(redis_url, timeout_seconds=20) for _ in range(3)]
    decisions = await asyncio.gather(*(limiter.take([(policy, "k")]) for limiter in limiters for _ in range(QUOTA)))
    assert sum(decision.allowed for decision in decisions) == QUOTA
    for limiter in limiters:
        await limiter.stop()


async def test_one_turn_of_the_loop_is_one_call(redis_url: str) -> None:
    """A hundred requests of one moment travel together."""
    policy = a_policy(1000)
    limiter = Limiter(redis_url, timeout_seconds=20)
    await limiter.take([(policy, "warm")])
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.config_resetstat()
        await asyncio.gather(*(limiter.take([(policy, str(n))]) for n in range(100)))
        stats = await client.info("commandstats")
    assert stats["cmdstat_evalsha"]["calls"] == 1
    await limiter.stop()
