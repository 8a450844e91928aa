"""What makes principal and client address in a frame trustworthy: the users of deploy/nats.conf and their rights."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chassis.problems import Problem
from chassis.settings import Secret
from chassis.wire import frames, questions, subjects
from chassis.wire.frames import BODY_LIMIT
from contracts.questions import Question
from tests.chassis.wire.builders import Doorman, a_caller, a_link, a_request, served, until

CONFIGURATION = Path("deploy/nats.conf")
USERS = ("gateway", "auth", "registry", "delivery", "verifier")

As = Callable[[str], Mapping[str, Any]]


class Ping(Question[str], frozen=True):
    owner = "auth"
    name = "ping"
    answer = str


@pytest.fixture
def permitted(nats_server: Any) -> tuple[str, As]:
    """A server with the deployed rights, and each user's arguments for `a_link`."""
    passwords = {user: f"p{secrets.token_hex(8)}" for user in (*USERS, "perspective")}
    variables = {f"LOGI_NATS_{user.upper()}_PASSWORD": password for user, password in passwords.items()}
    server = nats_server(configuration=CONFIGURATION, variables=variables)

    def as_user(name: str) -> Mapping[str, Any]:
        return {"user": name, "password": Secret(passwords[name]), "inbox_prefix": f"_INBOX_{name}"}

    return server.url, as_user


async def test_exchanges_and_questions_need_no_other_rights(permitted: tuple[str, As]) -> None:
    """Requests, large bodies, cancels, roll calls and questions all pass under the deployed rights."""
    url, user = permitted
    body = bytes(BODY_LIMIT)
    door = Doorman()

    async def pong(_: Ping) -> str:
        return "pong"

    async with a_caller(url, **user("gateway")) as caller, served(url, "auth", door, **user("auth")) as instance:
        assert 200 == (await caller.exchange("auth", "web", a_request("POST", body=body))).status
        with pytest.raises(Problem):
            await caller.exchange("auth", "web", a_request(path="/wait", budget_ms=300))
        await door.cancelled.acquire()
        await until(lambda: caller._crews["auth", "web"].another(()) == instance.instance)
        answering = await questions.answer(instance._nc, "auth", Ping, pong)
        assert "pong" == await questions.ask(caller._nc, "gateway", Ping())
        await answering.drain()


@pytest.mark.parametrize("user", USERS[1:])
async def test_a_foreign_publish_is_refused(permitted: tuple[str, As], user: str) -> None:
    """No service can send a frame, to itself or to another, in any name: the server drops it."""
    url, login = permitted
    door = Doorman()
    async with served(url, "registry", door, **login("registry")) as instance, a_link(url, **login(user)) as guest:
        frame = frames.encode_request(a_request())
        pool = subjects.pool("registry", "web")
        for subject in (pool, subjects.member(pool, instance.instance), subjects.everyone(pool)):
            await guest.publish(subject, frame)
        await guest.flush()
        await instance._nc.flush()
    assert 0 == door.seen


@pytest.mark.parametrize("user", [user for user in USERS if user != "registry"])
async def test_a_foreign_subscribe_is_refused(permitted: tuple[str, As], user: str) -> None:
    """Nobody else hears what is sent to a service or answered to the gateway, and so nobody else can answer it."""
    url, login = permitted
    overheard: list[str] = []

    async def listen(message: Any) -> None:
        overheard.append(message.subject)

    async with a_caller(url, **login("gateway")) as caller, a_link(url, **login(user)) as guest:
        foreign = ["http.registry.web", "http.registry.>", "http.>", "ask.registry.>", ">"]
        foreign += [] if user == "gateway" else ["_INBOX_gateway.>"]
        for subject in foreign:
            await guest.subscribe(subject, cb=listen)
        await guest.flush()
        async with served(url, "registry", Doorman(), **login("registry")):
            for _ in range(5):
                await caller.exchange("registry", "web", a_request())
        await guest.flush()
    assert [] == overheard


async def test_no_one_asks_in_anothers_name(permitted: tuple[str, As]) -> None:
    """The asker at the end of a question's subject is who it says."""
    url, login = permitted
    asked: list[str] = []

    async def pong(_: Ping) -> str:
        asked.append("asked")
        return "pong"

    async with a_link(url, **login("auth")) as auth, a_link(url, **login("delivery")) as delivery:
        answering = await questions.answer(auth, "auth", Ping, pong)
        assert "pong" == await questions.ask(delivery, "delivery", Ping())
        with pytest.raises(Problem):
            await questions.ask(delivery, "gateway", Ping(), timeout=0.5)
        await answering.drain()
    assert ["asked"] == asked
