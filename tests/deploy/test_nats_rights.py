"""The rights in deploy/nats.conf, tried on a real server: what each user may say and hear, and what nobody else may."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from deploy.local.servers.nats import Nats

CONFIGURATION = Path("deploy/nats.conf")
USERS = ("gateway", "auth", "registry", "delivery", "verifier")
PASSWORDS = tuple(f"LOGI_NATS_{user.upper()}_PASSWORD" for user in (*USERS, "perspective"))

Connect = Callable[[str], Awaitable["Guest"]]


class Guest:
    """One user's connection, and what the server told it that it may not do."""

    def __init__(self, client: Client, refused: list[str]) -> None:
        self.client, self.refused = client, refused

    async def may(self, *, publish: str = "", subscribe: str = "") -> bool:
        """The server refuses before it answers a ping; the client's first ping overtakes what it has buffered."""
        before = len(self.refused)
        if publish:
            await self.client.publish(publish, b"x")
        if subscribe:
            await self.client.subscribe(subscribe)
        await self.client.flush()
        await self.client.flush()
        return before == len(self.refused)


@pytest.fixture
async def connect(nats_server: Callable[..., Nats]) -> AsyncIterator[Connect]:
    """`await connect("auth")`: a connection of that user to a server with the deployed configuration."""
    passwords = {name: f"p{secrets.token_hex(8)}" for name in PASSWORDS}
    server = nats_server(configuration=CONFIGURATION, variables=passwords)
    made: list[Client] = []

    async def connected(user: str) -> Guest:
        refused: list[str] = []

        async def refuse(error: Exception) -> None:
            refused.append(str(error))

        password = passwords[f"LOGI_NATS_{user.upper()}_PASSWORD"]
        inbox = f"_INBOX_{user}".encode()
        client = await nats.connect(server.url, user=user, password=password, inbox_prefix=inbox, error_cb=refuse)
        made.append(client)
        return Guest(client, refused)

    yield connected
    for client in made:
        await client.close()


@pytest.mark.parametrize("user", USERS[1:])
async def test_only_the_gateway_sends_requests(connect: Connect, user: str) -> None:
    """No service can speak for a caller."""
    guest = await connect(user)
    assert not await guest.may(publish="http.auth.token")
    assert not await guest.may(publish=f"http.{user}.web")
    assert await (await connect("gateway")).may(publish=f"http.{user}.web.instance.depot.1")


@pytest.mark.parametrize("user", USERS)
async def test_only_the_owner_hears_its_requests_and_questions(connect: Connect, user: str) -> None:
    """Nobody can take or read what is meant for another service."""
    guest = await connect(user)
    for owner in USERS[1:]:
        assert (owner == user) is await guest.may(subscribe=f"http.{owner}.web")
        assert (owner == user) is await guest.may(subscribe=f"ask.{owner}.>")
    assert not await guest.may(subscribe="http.>")
    assert not await guest.may(subscribe=">")


@pytest.mark.parametrize("user", USERS)
async def test_nobody_asks_in_anothers_name(connect: Connect, user: str) -> None:
    """The last word of a question's subject is who asks."""
    guest = await connect(user)
    for asker in USERS:
        assert (asker == user) is await guest.may(publish=f"ask.registry.events.{asker}")
        assert (asker == user) is await guest.may(publish=f"ask.auth.client.apply.{asker}")


@pytest.mark.parametrize("user", USERS)
async def test_nobody_announces_in_anothers_name(connect: Connect, user: str) -> None:
    """Events and beats carry the name of the service whose they are; the gateway has no events."""
    guest = await connect(user)
    for owner in USERS:
        assert (owner == user != "gateway") is await guest.may(publish=f"event.{owner}.thing.done")
        assert (owner == user) is await guest.may(publish=f"beat.{owner}.relay")


@pytest.mark.parametrize("user", USERS)
async def test_an_inbox_is_its_owners(connect: Connect, user: str) -> None:
    """Answers are heard by the asker alone."""
    guest = await connect(user)
    for owner in USERS:
        assert (owner == user) is await guest.may(subscribe=f"_INBOX_{owner}.>")
    assert not await guest.may(subscribe="_INBOX.>")


async def test_a_question_is_answered(connect: Connect) -> None:
    """The rights suffice for a question and several words in answer."""
    registry, auth = await connect("registry"), await connect("auth")

    async def answer(message) -> None:
        await message.respond(b"working")
        await message.respond(message.data)

    await auth.client.subscribe("ask.auth.client.apply.*", cb=answer)
    await auth.client.flush()
    inbox = registry.client.new_inbox()
    heard = await registry.client.subscribe(inbox)
    await registry.client.publish("ask.auth.client.apply.registry", b"1", reply=inbox)
    assert [b"working", b"1"] == [(await heard.next_msg(timeout=30)).data for _ in range(2)]
    assert ([], []) == (auth.refused, registry.refused)


async def test_a_perspective_looks_and_answers_only(connect: Connect) -> None:
    """A process in another region hears what it is asked to look at and answers verifier; it can do nothing else."""
    far, verifier = await connect("perspective"), await connect("verifier")
    assert await far.may(subscribe="ask.verifier.probe.eu.*", publish="_INBOX_verifier.x")
    assert await verifier.may(publish="ask.verifier.probe.eu.verifier")
    for subject in ("ask.verifier.health.apply.registry", "ask.auth.principal.gateway", "http.verifier.web", "event.>"):
        assert not await far.may(subscribe=subject), subject
    for subject in ("ask.verifier.probe.eu.verifier", "event.verifier.x.y", "http.verifier.web", "_INBOX_gateway.x"):
        assert not await far.may(publish=subject), subject
    for user in ("gateway", "registry", "delivery", "auth"):
        assert not await (await connect(user)).may(publish="ask.verifier.probe.eu.verifier"), user


async def test_a_stranger_is_refused(nats_server: Callable[..., Nats]) -> None:
    """There is no user without a password."""
    variables = {name: f"p{secrets.token_hex(8)}" for name in PASSWORDS}
    server = nats_server(configuration=CONFIGURATION, variables=variables)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b'CONNECT {"verbose":false,"user":"auth","pass":"guess"}\r\nPING\r\n')
    words = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"PONG" not in words
    assert words.endswith(b"-ERR 'Authorization Violation'\r\n")
