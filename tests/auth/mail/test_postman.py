"""Mail reaches a real SMTP server on loopback, again and again until it is taken."""

import asyncio
import email
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from chassis.settings import Secret
from services.auth.mail import Letter, enqueue, outbox
from services.auth.mail.letters import Writer
from services.auth.mail.postman import Postman, Server
from tests.auth.people import ISSUER, People


class Sink:
    """Keeps what it takes; refuses the first `refuse` letters."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuse = 0

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse > 0:
            self.refuse -= 1
            return "451 not now"
        self.taken.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
async def sink() -> AsyncIterator[tuple[Sink, str]]:
    """An SMTP server and its URL."""
    kept = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(kept), "127.0.0.1", 0)
    yield kept, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def postman(process: People, url: str) -> Postman:
    ground = process.ground
    writer = Writer(ISSUER, "logi <no-reply@logi.example>")
    return Postman(ground.db, ground.vault, process.clock, writer, Server(Secret(url)))


async def write(process: People, recipient: str, language: str = "en") -> None:
    letter = Letter(kind="verify_email", recipient=recipient, language=language, link=f"{ISSUER}/console/x?a=1&b=2")
    async with process.ground.db.transaction() as tx:
        await enqueue(tx, process.ground.vault, letter, process.clock.now())


async def test_a_letter_has_two_parts_and_one_link(process: People, sink: tuple[Sink, str]) -> None:
    """Plain text and HTML, the link whole in both, marked as written by a machine."""
    await write(process, "ada@example.com")
    assert 1 == await postman(process, sink[1]).deliver()
    (message,) = sink[0].taken
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert f"{ISSUER}/console/x?a=1&b=2" in text.get_content()
    assert 'href="http://localhost:8000/console/x?a=1&amp;b=2"' in html.get_content()
    assert ("ada@example.com", "auto-generated") == (message["To"], message["Auto-Submitted"])
    assert "Confirm your email address" == message["Subject"]


async def test_a_letter_in_korean(process: People, sink: tuple[Sink, str]) -> None:
    """Subject and words are in the recipient's language."""
    await write(process, "ada@example.com", "ko")
    await postman(process, sink[1]).deliver()
    assert "이메일 주소를 확인해 주세요" == sink[0].taken[0]["Subject"]


async def test_a_refused_letter_comes_again_as_itself(process: People, sink: tuple[Sink, str]) -> None:
    """After a pause, with the same Message-ID; once sent, its content is forgotten."""
    kept, url = sink
    kept.refuse = 1
    await write(process, "bob@example.com")
    man = postman(process, url)
    await man.deliver()
    assert ([], 0) == (kept.taken, await man.deliver())
    process.clock.advance(Postman.pauses[0])
    await man.deliver()
    row = await process.ground.db.fetchrow(
        "select key, tries, sealed, sent_at from mail_outbox where recipient = 'bob@example.com'"
    )
    assert row
    assert [f"<{row['key']}@localhost>"] == [message["Message-ID"] for message in kept.taken]
    assert (2, None, process.clock.now()) == (row["tries"], row["sealed"], row["sent_at"])


async def test_a_dead_server_is_given_up_in_the_end(process: People) -> None:
    """After the last pause the letter has failed, with the reason and without its content."""
    await write(process, "carol@example.com")
    man = postman(process, "smtp://127.0.0.1:1")
    for pause in (*Postman.pauses, timedelta(0)):
        assert 1 == await man.deliver()
        process.clock.advance(pause)
    assert 0 == await man.deliver()
    row = await process.ground.db.fetchrow(
        "select failed_at, sealed, last_error from mail_outbox where recipient = 'carol@example.com'"
    )
    assert row
    assert row["failed_at"]
    assert row["sealed"] is None
    assert "ConnectError" in row["last_error"]


async def test_two_postmen_share_the_letters(process: People, sink: tuple[Sink, str]) -> None:
    """Each letter is in one hand; what a dead postman held is free after its lease."""
    kept, url = sink
    for number in range(12):
        await write(process, f"dave{number}@example.com")
    first, second = postman(process, url), postman(process, url)
    await asyncio.gather(first.deliver(), second.deliver())
    await first.deliver()
    assert sorted(f"dave{n}@example.com" for n in range(12)) == sorted(str(message["To"]) for message in kept.taken)
    await write(process, "erin@example.com")
    ground = process.ground
    assert 1 == len(await outbox.claim(ground.db, process.clock.now(), 8))
    assert 0 == await first.deliver()
    process.clock.advance(outbox.LEASE)
    assert 1 == await first.deliver()


async def test_a_letter_that_cannot_be_opened_holds_up_no_other(process: People, sink: tuple[Sink, str]) -> None:
    """A row that was altered is put aside with the reason; the next letter goes."""
    await write(process, "grace@example.com")
    await process.ground.db.execute(
        "update mail_outbox set sealed = 'v1:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' where recipient = 'grace@example.com'"
    )
    await write(process, "heidi@한국.example")
    await postman(process, sink[1]).deliver()
    assert ["heidi@xn--3e0b707e.example"] == [str(message["To"]) for message in sink[0].taken]
    error = await process.ground.db.fetchval("select last_error from mail_outbox where recipient = 'grace@example.com'")
    assert "InvalidTag" in error


async def test_a_commit_wakes_the_postman(process: People, sink: tuple[Sink, str]) -> None:
    """The loop sends what was just written without being asked."""
    running = asyncio.create_task(postman(process, sink[1]).run())
    await write(process, "frank@example.com")
    async with asyncio.timeout(30):
        while not sink[0].taken:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("url", ["http://localhost", "localhost:25", "smtp://"])
def test_a_wrong_url_is_named_at_the_start(url: str) -> None:
    """Not with the first mail."""
    with pytest.raises(ValueError, match="smtp://host:port"):
        Server(Secret(url))
