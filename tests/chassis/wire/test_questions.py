"""Questions between services: typed both ways, bounded, and silent about mistakes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import msgspec
import pytest
from nats.aio.client import Client

from chassis import log, trace
from chassis.problems import Problem
from chassis.wire import asking, questions, subjects
from chassis.wire.refusals import AnswerUnreadable, DeadlinePassed, NoInstance, ReplyTooLarge, RequestTooLarge
from contracts.questions import Question
from tests.chassis.wire.builders import a_link, until


class Account(msgspec.Struct, frozen=True):
    id: int
    name: str = ""


class AccountOf(Question[Account | None], frozen=True, kw_only=True):
    owner: ClassVar[str] = "bank"
    name: ClassVar[str] = "account.of"
    answer: ClassVar[object] = Account | None

    id: int


class AccountOfLater(Question[Account | None], frozen=True, kw_only=True):
    """The same question as a later release asks it."""

    owner: ClassVar[str] = "bank"
    name: ClassVar[str] = "account.of"
    answer: ClassVar[object] = Account | None

    branch: str = "here"
    id: int


class AccountClosed(Problem):
    status, code = 409, "account_closed"


@pytest.fixture(scope="module")
async def nc(nats_url: str) -> AsyncIterator[Client]:
    """The asker's connection."""
    async with a_link(nats_url) as link:
        yield link


@asynccontextmanager
async def _answered(nats_url: str, handler: Any, slots: int = 4) -> AsyncIterator[asking.Answering]:
    async with a_link(nats_url) as link:
        answering = await questions.answer(link, "bank", AccountOf, handler, slots)
        yield answering
        await answering.drain(grace=0.1)


async def _account(question: AccountOf) -> Account | None:
    return Account(question.id, "x") if question.id else None


async def test_an_answer_has_its_type(nats_url: str, nc: Client) -> None:
    """A Struct arrives as that Struct, None as None, from the instant `answer` returned."""
    async with _answered(nats_url, _account):
        assert Account(7, "x") == await questions.ask(nc, "shop", AccountOf(id=7))
        assert await questions.ask(nc, "shop", AccountOf(id=0)) is None


async def test_another_releases_question_is_understood(nats_url: str, nc: Client) -> None:
    """Questions are maps: a field that the answerer does not know is skipped wherever it stands."""
    async with _answered(nats_url, _account):
        assert Account(7, "x") == await questions.ask(nc, "shop", AccountOfLater(id=7, branch="there"))


async def test_a_problem_travels(nats_url: str, nc: Client) -> None:
    """What the handler refuses is raised where it was asked, with status, code, detail, fields, headers and members."""

    async def refuse(_: AccountOf) -> Account | None:
        raise AccountClosed("Since May.", fields={"id": ["closed"]}, headers={"a": "b"}, closed_in=5)

    async with _answered(nats_url, refuse):
        with pytest.raises(Problem) as refused:
            await questions.ask(nc, "shop", AccountOf(id=7))
    problem = refused.value
    assert (409, "account_closed", "Since May.") == (problem.status, problem.code, problem.detail)
    assert ({"id": ["closed"]}, {"a": "b"}, {"closed_in": 5}) == (problem.fields, problem.headers, problem.members)


async def test_a_mistake_tells_nothing(nats_url: str, nc: Client) -> None:
    """An unexpected exception becomes a blank 500: its repr stays where it was raised."""

    async def break_down(_: AccountOf) -> Account | None:
        raise ValueError("the password is swordfish")

    async with _answered(nats_url, break_down):
        with pytest.raises(Problem) as refused:
            await questions.ask(nc, "shop", AccountOf(id=7))
    problem = refused.value
    assert (500, "server_error", "", {}) == (problem.status, problem.code, problem.detail, problem.members)


async def test_nobody_answers(nc: Client) -> None:
    """Without an answerer it is 503, at once."""
    with pytest.raises(NoInstance):
        await questions.ask(nc, "shop", AccountOf(id=7), timeout=20)


async def test_an_answer_too_late_is_none(nats_url: str, nc: Client) -> None:
    """The asker hears 504, and the handler is cancelled with it."""
    cancelled = asyncio.Event()

    async def dawdle(_: AccountOf) -> Account | None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return None

    async with _answered(nats_url, dawdle):
        with pytest.raises(DeadlinePassed):
            await questions.ask(nc, "shop", AccountOf(id=7), timeout=0.3)
        await cancelled.wait()


async def test_one_slow_question_stops_no_other_and_too_many_are_refused(nats_url: str, nc: Client) -> None:
    """Slots run, twice as many wait, the next is told busy with 503."""
    let_go, entered = asyncio.Event(), asyncio.Semaphore(0)

    async def wait(question: AccountOf) -> Account | None:
        entered.release()
        await let_go.wait()
        return Account(question.id)

    async with _answered(nats_url, wait, slots=2) as answering, asyncio.TaskGroup() as group:
        asked = [group.create_task(questions.ask(nc, "shop", AccountOf(id=n), timeout=20)) for n in range(6)]
        await entered.acquire()
        await entered.acquire()
        await until(lambda: sum(number for number, _ in answering.in_flight()) == 6)
        with pytest.raises(Problem) as refused:
            await questions.ask(nc, "shop", AccountOf(id=9))
        assert 503 == refused.value.status
        let_go.set()
    assert list(range(6)) == [task.result().id for task in asked]


async def test_draining_answers_what_was_asked(nats_url: str, nc: Client) -> None:
    """A question that was begun is answered, though the process ends."""
    let_go, entered = asyncio.Event(), asyncio.Event()

    async def wait(question: AccountOf) -> Account | None:
        entered.set()
        await let_go.wait()
        return Account(question.id)

    async with _answered(nats_url, wait) as answering, asyncio.TaskGroup() as group:
        asked = group.create_task(questions.ask(nc, "shop", AccountOf(id=7)))
        await entered.wait()
        draining = group.create_task(answering.drain())
        await asyncio.sleep(0)
        let_go.set()
        await draining
    assert Account(7) == asked.result()


async def test_trace_and_request_id_travel(nats_url: str, nc: Client) -> None:
    """The handler works in the asker's trace and under its request's id."""
    seen: list[str | None] = []

    async def look(_: AccountOf) -> Account | None:
        seen.extend((trace.trace_id(), log.request_id.get()))
        return None

    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    token = log.request_id.set("req-1")
    try:
        async with _answered(nats_url, look):
            with trace.arriving(parent):
                await questions.ask(nc, "shop", AccountOf(id=7))
    finally:
        log.request_id.reset(token)
    assert ["0af7651916cd43dd8448eb211c80319c", "req-1"] == seen


async def test_a_handler_asks_no_other_service(nats_url: str, nc: Client) -> None:
    """It fails at once in the first test that meets it, not in a standstill under load."""
    caught: list[str] = []

    async def chain(_: AccountOf) -> Account | None:
        try:
            await asking.ask(nc, subjects.question("registry", "client", "bank"), b"", 1)
        except asking.QuestionWithinQuestion as error:
            caught.append(str(error))
        return None

    async with _answered(nats_url, chain):
        await questions.ask(nc, "shop", AccountOf(id=7))
    assert ["bank asks ask.registry.client.bank while it answers"] == caught


async def test_what_does_not_fit_a_message_is_refused(nats_url: str, nc: Client) -> None:
    """A question too large is 413 at the asker, an answer too large a small 502."""
    with pytest.raises(RequestTooLarge):
        await asking.ask(nc, subjects.question("bank", "account.of", "shop"), bytes(1 << 20), 1)

    async def babble(question: AccountOf) -> Account | None:
        return Account(question.id, "x" * (1 << 20))

    async with _answered(nats_url, babble):
        with pytest.raises(Problem) as refused:
            await questions.ask(nc, "shop", AccountOf(id=7))
    assert (ReplyTooLarge.status, ReplyTooLarge.code) == (refused.value.status, refused.value.code)


async def test_an_answer_of_another_shape_is_502(nats_url: str, nc: Client) -> None:
    """What the asker cannot read is the other side's fault, and not its own."""

    async def odd(_: AccountOf) -> Any:
        return "an account"

    async with _answered(nats_url, odd):
        with pytest.raises(AnswerUnreadable):
            await questions.ask(nc, "shop", AccountOf(id=7))


async def test_only_the_owner_answers(nc: Client) -> None:
    """A service that answers another's question is a mistake of wiring, found at the start."""
    with pytest.raises(ValueError, match="bank"):
        await questions.answer(nc, "shop", AccountOf, _account)
