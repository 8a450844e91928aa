"""A service in a process of its own, to be killed: `python -m tests.chassis.wire.victim <url> <service>`.

It writes "ready" when it serves, and "begun" whenever it has begun a request that it will never finish.
"""

import asyncio
import sys
from typing import Any

from chassis.wire.serve import Pool
from tests.chassis.wire.builders import served


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def _never(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _say("begun")
    await asyncio.Event().wait()


async def main(url: str, service: str) -> None:
    async with served(url, service, _never, [Pool("web")]):
        _say("ready")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
