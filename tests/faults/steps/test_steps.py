"""Auth is killed at every step of what changes accounts: there is the old state, or the new one with its event."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from chassis.clock import SystemClock
from tests.auth.anonymous.phone import connector, vouching
from tests.faults.steps.acts import Closing, Device, Merging, Proving, SigningUp, Swapping, link_in
from tests.faults.steps.fuse import FOLDER, Fuse
from tests.faults.steps.scene import NeverCame, Scene
from tests.system.journey import developer
from tests.system.stack import generous, running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

MOST = 120
"""Statements that no transaction has."""

STRIDE = 12
"""Of the short form, which leaves most steps out."""


@pytest.fixture(scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("fuse")
    async with Fuse(folder).listening() as fuse:
        settings = {**generous(folder), FOLDER: str(folder)}
        async with AsyncExitStack() as leaving:
            entered = running(settings, module="tests.faults.steps.fused")
            stack = await asyncio.to_thread(entered.__enter__)
            leaving.push_async_callback(asyncio.to_thread, entered.__exit__, None, None, None)
            yield Scene(stack, fuse, folder)


async def through(
    scene: Scene, act: Callable[[], Awaitable[None]], done: Callable[[], Awaitable[bool]], short: bool
) -> int:
    """Kills auth one step later each time, until the act is done; how many statements its longest transaction had.

    `done` looks at what was left behind, which has to be all of the act or nothing of it.
    """
    step = 1
    while step < MOST:
        acknowledged = await scene.outlived(act, step)
        if await done():
            return scene.fuse.longest
        assert not acknowledged, "it was acknowledged, and is not there"
        step += STRIDE if short else 1
    raise NeverCame("the act has more steps than can be")


async def test_signing_up(scene: Scene, short: bool) -> None:
    """Whatever was acknowledged becomes one account, one event and one mail."""
    async with scene.journey() as journey:
        one = SigningUp(scene, journey)
        for step in range(1, 25, STRIDE if short else 1):
            await scene.outlived(one.act, step)
            await one.done()
        assert await scene.outlived(one.act, MOST)
        assert await one.done()
        assert scene.fuse.longest >= 5


async def test_proving_an_address(scene: Scene, short: bool) -> None:
    """The mailed link opens as long as nothing came of it, and then no more."""
    async with scene.journey() as journey:
        await developer.sign_up(journey)
        letter = await scene.mailbox.letter_to(journey.email)
        one = Proving(scene, journey, link_in(letter.text))
        assert await through(scene, one.act, one.done, short) >= 5


async def test_merging(scene: Scene, short: bool) -> None:
    """Both accounts with the proof unused, or one account and the event; repeated, it is told that it was done."""
    async with scene.somebody() as mine, scene.somebody() as other:
        one = Merging(scene, mine, other)
        assert await through(scene, one.act, one.done, short) >= 15
        again = await one.ask()
        assert (401, "token_consumed") == (again.status_code, again.json()["error"])


async def test_closing_an_account(scene: Scene, short: bool) -> None:
    """The person with all that they have, or a closed account of which everybody has heard."""
    async with scene.somebody() as somebody:
        one = Closing(scene, somebody)
        assert await through(scene, one.act, one.done, short) >= 10


async def test_swapping(scene: Scene, short: bool) -> None:
    """The anonymous account with its device and key, or the owner's device and the event."""
    async with vouching(SystemClock()) as apple, httpx.AsyncClient(base_url=scene.stack.issuer, timeout=30) as http:
        await scene.operate("connectors", "set", "apple", document=connector(apple))
        owner, nobody = Device(http), Device(http)
        for device in (owner, nobody):
            await device.begin()
            await device.exchange()
        await owner.attach(apple.vouch("steps"))
        one = Swapping(scene, nobody, owner, apple, "steps")
        assert await through(scene, one.act, one.done, short) >= 15
