"""The beat of revocations, on a real NATS."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import nats
import pytest

from chassis import nats_link
from contracts import beats
from deploy.local.servers.nats import Nats
from services.auth.principals import beacon, revocations
from tests.auth.people import People


async def test_a_revocation_is_heard_at_once(process: People, nats_url: str) -> None:
    """The beat comes without any change too; a committed revocation is in the very next one."""
    nc = await nats.connect(nats_url)
    heard: asyncio.Queue[int] = asyncio.Queue()

    async def hear(message) -> None:
        heard.put_nowait(beats.decode(message.data).sequence)

    await nc.subscribe(beats.REVOCATIONS, cb=hear)
    await nc.flush()
    running = asyncio.create_task(beacon.run(process.ground.db, nc))
    first = await asyncio.wait_for(heard.get(), 30)
    assert first == await asyncio.wait_for(heard.get(), 30)
    async with process.ground.db.transaction() as tx:
        await revocations.advance(tx)
    while await asyncio.wait_for(heard.get(), 30) == first:
        pass
    assert first + 1 == await revocations.current(process.ground.db)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await nc.close()


async def test_a_long_absence_of_nats_ends_nobody(process: People, nats_server: Callable[[], Nats]) -> None:
    """While what waits for NATS fills the client's buffer, beats are missed; the loop that sends them goes on."""
    server = nats_server()
    nc = await nats_link.connect(server.url, name="auth")
    running = asyncio.create_task(beacon.run(process.ground.db, nc))
    server.kill()
    async with asyncio.timeout(30):
        while nc.is_connected:
            await asyncio.sleep(0.02)
    for size in (512 * 1024, 4 * 1024, 1):
        with suppress(nats.errors.OutboundBufferLimitError):
            for _ in range(1000):
                await nc.publish("anything", b"x" * size)
    await asyncio.sleep(1)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with suppress(OSError):  # its server is gone
        await nc.close()


async def test_a_rolled_back_revocation_moves_nothing(process: People) -> None:
    """Only what was committed counts."""
    before = await revocations.current(process.ground.db)
    with pytest.raises(ZeroDivisionError):
        await _fail(process)
    assert before == await revocations.current(process.ground.db)


async def _fail(process: People) -> None:
    async with process.ground.db.transaction() as tx:
        await revocations.advance(tx)
        _ = 1 / 0
