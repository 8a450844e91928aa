"""The connection to NATS outlives the server, and says what it may not do."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import nats.errors
import pytest

from chassis import nats_link
from chassis.settings import Secret
from deploy.local.servers.nats import Nats
from tests.chassis.telling import logged


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)


async def test_it_comes_back_after_a_restart(nats_server: Callable[..., Nats]) -> None:
    """The server dies and returns: the same client hears on the same subject, and both moments are in the log."""
    server = nats_server()
    with logged() as lines:
        client = await nats_link.connect(server.url, name="tea")
        heard = await client.subscribe("cups")
        await asyncio.to_thread(server.kill)
        await until(lambda: not client.is_connected)
        server.start()
        await until(lambda: client.is_connected)
        await client.publish("cups", b"filled")
        assert b"filled" == (await heard.next_msg(timeout=30)).data
        await client.close()
        events = [line["event"] for line in lines.all()]
    assert events.index("nats.lost") < events.index("nats.back")


async def test_an_end_is_no_loss(nats_server: Callable[..., Nats]) -> None:
    """A process that ends, and an operator's command, warns nobody of a connection that it has closed itself."""
    client = await nats_link.connect(nats_server().url, name="tea")
    with logged() as lines:
        await client.close()
        assert [] == lines.all()


async def test_no_server_is_told_at_once(nats_server: Callable[..., Nats]) -> None:
    """The first connection does not wait in silence: whoever starts a process learns what it waits for."""
    server = nats_server()
    await asyncio.to_thread(server.kill)
    with pytest.raises((OSError, nats.errors.Error)):
        await nats_link.connect(server.url, name="tea")


async def test_a_wrong_password_is_told(nats_server: Callable[..., Nats], scratch_folder: Path) -> None:
    """A server that knows users lets nobody else in, and the password goes from the secret to it alone."""
    configuration = scratch_folder / "users.conf"
    configuration.write_text('authorization { users = [{ user: "tea", password: "sesame" }] }\n')
    server = nats_server(configuration=configuration)
    client = await nats_link.connect(server.url, name="tea", user="tea", password=Secret("sesame"))
    await client.flush()
    await client.close()
    with logged() as lines, pytest.raises(nats.errors.Error):
        await nats_link.connect(server.url, name="tea", user="tea", password=Secret("open"))
    lines.sink.flush()
    assert "open" not in lines.stream.getvalue()


async def test_each_user_has_an_inbox_of_its_own(nats_url: str) -> None:
    """Replies come to subjects that only this user may hear."""
    client = await nats_link.connect(nats_url, name="tea", inbox_prefix="_INBOX_tea")
    assert client.new_inbox().startswith("_INBOX_tea.")
    await client.close()


async def test_what_was_subscribed_is_known_after_a_flush(nats_url: str) -> None:
    """Once `flush` has returned, a message of another connection is heard: none is lost between the two."""
    listening = await nats_link.connect(nats_url, name="ears")
    telling = await nats_link.connect(nats_url, name="mouth")
    for number in range(50):
        heard = await listening.subscribe(f"cups.{number}")
        await listening.flush()
        await telling.publish(f"cups.{number}", b"filled")
        assert b"filled" == (await heard.next_msg(timeout=30)).data
    await listening.close()
    await telling.close()


async def test_a_flush_is_cancelled_even_as_its_answer_comes(nats_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told to end while the PONG lies in the socket ends: a relay once went on for ever."""
    link = await nats_link.connect(nats_url, name="leaving")
    answered = link._process_pong

    async def and_leave() -> None:
        await answered()
        flushing.cancel()

    monkeypatch.setattr(link, "_process_pong", and_leave)
    flushing = asyncio.create_task(link.flush())
    await asyncio.wait({flushing}, timeout=30)
    assert flushing.cancelled()
    await link.close()


async def test_an_ear_hears_in_order(nats_url: str) -> None:
    """Every message once, with its reply subject, in the order in which they were said."""
    client = await nats_link.connect(nats_url, name="tea")
    heard: list[tuple[str, str, bytes]] = []
    subscription = await client.hear("ears.>", lambda *said: heard.append(said))
    for number in range(500):
        await client.publish(f"ears.{number}", b"%d" % number, reply="saucer")
    await client.flush()
    assert [(f"ears.{number}", "saucer", b"%d" % number) for number in range(500)] == heard
    await subscription.unsubscribe()
    await client.publish("ears.late", b"")
    await client.flush()
    assert 500 == len(heard)
    await client.close()


async def test_a_failing_ear_is_told_and_survived(nats_url: str) -> None:
    """A mistake in one place does not deafen the process."""
    client = await nats_link.connect(nats_url, name="tea")
    heard: list[bytes] = []

    def fragile(_: str, __: str, payload: bytes) -> None:
        heard.append(payload)
        if payload == b"crack":
            raise ValueError("cracked")

    await client.hear("ears.fragile", fragile)
    with logged() as lines:
        await client.publish("ears.fragile", b"crack")
        await client.publish("ears.fragile", b"mended")
        await client.flush()
        assert ["nats.ear.failed"] == [line["event"] for line in lines.all()]
    assert [b"crack", b"mended"] == heard
    await client.close()


async def test_an_ear_outlives_the_server(nats_server: Callable[..., Nats]) -> None:
    """After a restart the same ear hears on the same subject."""
    server = nats_server()
    client = await nats_link.connect(server.url, name="tea")
    heard: list[bytes] = []
    await client.hear("ears", lambda _, __, payload: heard.append(payload))
    await asyncio.to_thread(server.kill)
    await until(lambda: not client.is_connected)
    server.start()
    await until(lambda: client.is_connected)
    await client.publish("ears", b"again")
    await client.flush()
    assert [b"again"] == heard
    await client.close()


async def test_a_frozen_server_does_not_answer(nats_server: Callable[..., Nats]) -> None:
    """A server that stands still is told from one that answers; once it goes on, so does everything."""
    server = nats_server()
    link = await nats_link.connect(server.url, name="patient")
    await _answering(link)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    await asyncio.to_thread(os.waitpid, server.pid, os.WUNTRACED)  # all its threads stand still only now
    try:
        with pytest.raises(nats.errors.FlushTimeoutError):
            await link.answers()
    finally:
        os.kill(server.pid, signal.SIGCONT)
    await _answering(link)
    heard = await link.subscribe("after.the.frost")
    await link.publish("after.the.frost", b"warm")
    assert (await heard.next_msg(timeout=30)).data == b"warm"
    await link.close()


async def _answering(link: nats_link.Link) -> None:
    """Returns once the server answers; the machine may be too busy for the first question."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await link.answers()
            except nats.errors.Error:
                await asyncio.sleep(0.1)
