"""What an operator types about an account."""

import asyncio
from typing import Any

import nats
import pytest
from nats.aio.msg import Msg

from chassis.postgres import Database
from contracts import beats
from services.auth.principals import beacon, revocations
from services.auth.standing.commands import USAGE, users
from tests.auth.rp import World


async def said(world: World, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    await users(world.ground.settings, world.db, list(words))
    return capsys.readouterr().out.strip()


async def test_each_word_does_what_it_says(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """By address, in any spelling, or by number; the answer is how the account stands then."""
    ada = await world.person("ada@operator.example")
    steps = {
        ("show", "ADA@operator.example"): "user level 1 living",
        ("role", "developer", "ada@operator.example"): "developer level 1 living",
        ("level", "2", ada.sub): "developer level 2 living",
        ("suspend", ada.sub): "developer level 2 suspended",
        ("reactivate", ada.sub): "developer level 2 living",
    }
    for words, expected in steps.items():
        assert f"{ada.id} ada@operator.example {expected}" == await said(world, capsys, *words)


@pytest.mark.parametrize("words", [[], ["suspend"], ["role", "king", "1"], ["level", "4", "1"], ["dance", "1"]])
async def test_other_words_change_nothing(world: World, words: list[Any]) -> None:
    """Whoever mistypes is told what can be said."""
    await world.person(f"{len(words)}{''.join(words[:2])}@operator.example")
    first = str(await world.db.fetchval("select min(id) from users"))
    with pytest.raises(SystemExit) as ended:
        await users(world.ground.settings, world.db, [*words[:-1], first] if len(words) > 1 else words)
    assert USAGE == ended.value.code


async def test_nobody_is_told_apart(world: World) -> None:
    """An address without an account is said to be none."""
    with pytest.raises(SystemExit, match="no such account"):
        await users(world.ground.settings, world.db, ["suspend", "nobody@operator.example"])


async def test_the_last_administrator_stays(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The refusal says why."""
    boss = await world.person("boss@operator.example")
    await said(world, capsys, "role", "admin", boss.sub)
    with pytest.raises(SystemExit, match="last administrator"):
        await said(world, capsys, "suspend", boss.sub)


async def test_the_gateways_know_when_it_has_ended(world: World, nats_url: str) -> None:
    """A process that serves has told them by then, though nobody told it: the command may be typed anywhere."""
    ada = await world.person("told@operator.example")
    nc = await nats.connect(nats_url)
    heard: list[int] = []

    async def hear(message: Msg) -> None:
        heard.append(beats.decode(message.data).sequence)

    await nc.subscribe(beats.REVOCATIONS, cb=hear)
    serving = Database(world.db.url)
    await serving.start()
    running = asyncio.create_task(beacon.run(serving, nc))
    while not heard:
        await asyncio.sleep(0.01)
    await users(world.ground.settings, world.db, ["suspend", ada.sub])
    assert await revocations.current(world.db) == heard[-1]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await serving.stop()
    await nc.close()
