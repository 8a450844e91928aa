"""`make demo`: the journey on a fresh stack, told step by step."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.system.conftest import HOST
from tests.system.journey import STEPS, Journey
from tests.system.journey.browser import Browser
from tests.system.journey.mail import Mailbox
from tests.system.journey.relying_party import traced
from tests.system.journey.story import Story
from tests.system.journey.world import World
from tests.system.stack import Stack, running


async def tell(stack: Stack, world: World) -> None:
    story = Story(lambda line: print(line, flush=True))
    async with httpx.AsyncClient(base_url=stack.issuer, timeout=30) as http:
        journey = Journey(http, Browser(http), Mailbox(stack.home / "mail"), world, story, HOST)
        http.event_hooks["response"].append(story.heard)
        for step in STEPS:
            await step(journey)
        http.event_hooks["response"].clear()
        await traced(journey, stack.desk)


async def main() -> None:
    print("A fresh platform is starting, with a relying party, its DNS and its web server beside it.")
    with tempfile.TemporaryDirectory(prefix="logi-demo-") as folder:
        world = World(Path(folder))
        await world.start(HOST)
        began = time.monotonic()
        with running(world.settings) as stack:
            print(f"Ready in {time.monotonic() - began:.1f} s at {stack.issuer}.")
            began = time.monotonic()
            await tell(stack, world)
            print(f"\nThat was the whole journey, in {time.monotonic() - began:.1f} s.")
            if sys.stdin.isatty():
                await asyncio.to_thread(input, f"Mail and traces: {stack.desk}. Enter ends the platform. ")
        await world.stop()


if __name__ == "__main__":
    asyncio.run(main())
