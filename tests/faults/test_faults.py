"""Whatever dies, hangs or is wiped: nothing acknowledged is lost, nothing happens twice, all is ready within 10 s."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.people import person
from tests.faults.platform import Platform
from tests.faults.reckoning import Line, Reckoning
from tests.faults.strikes import Dump, Fault, at_some_moment

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


async def test_a_fault_under_load(
    fault: Fault, short: bool, platform: Platform, load: Load, reckoning: Reckoning, lines: list[Line]
) -> None:
    """Acknowledged is pushed and polled, once; a webhook repeats only where its sender could not note it."""
    pids = platform.pids()
    load.start()
    async with at_some_moment(short):
        striking = asyncio.create_task(fault.strike(platform))
    await asyncio.sleep(0.1)
    seconds = await platform.ready_again()
    await striking
    await asyncio.sleep(fault.load_after)
    await load.stop()
    line = await reckoning.settled(fault.name)
    line.seconds = seconds
    lines.append(line)
    assert [] == line.broken
    assert 0 == line.lost
    assert fault.repeats or 0 == line.duplicated
    assert line.acknowledged > 0
    assert [] == [name for name, pid in platform.pids().items() if pid != pids[name] and name not in fault.fells]
    assert seconds < platform.promised


async def test_a_restored_database(
    restored: str,
    platform: Platform,
    load: Load,
    reckoning: Reckoning,
    lines: list[Line],
    tmp_path: Path,
) -> None:
    """Under a new epoch all copies agree again, no id has two meanings, and nothing is lost but new work."""
    dump = Dump(platform, restored, tmp_path)
    load.start()
    await asyncio.sleep(1)
    await dump.take()
    await newcomer(load)
    await asyncio.sleep(2)
    await load.stop()
    before = await reckoning.settled("before")
    await dump.restore(platform)
    await asyncio.sleep(0.1)
    seconds = await platform.ready_again()
    load.forget(restored)
    load.start()
    await newcomer(load)
    await asyncio.sleep(3)
    await load.stop()
    line = await reckoning.settled(f"{restored} restored")
    line.seconds = seconds
    lines.append(line)
    assert [] == before.broken + line.broken
    assert 0 == before.lost + line.lost
    assert restored == "delivery" or 0 == line.duplicated
    assert seconds < platform.promised


async def newcomer(load: Load) -> None:
    """Somebody signs up and registers apps; their ids are theirs for ever."""
    known = load.people[0].journey
    async with person(known.mailbox, known.world, known.issuer) as one:
        me = (await one.ask("GET", "/api/v1/me")).json()
        load.ledger.gave("person", me["user"]["id"], one.journey.email)
        for app in (one.linked, one.changed, one.proved):
            load.ledger.gave("app", app.id, app.client_id)
