"""Questions as bytes: sent to whoever answers, run under slots of their own, problems travelling as themselves."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import Self

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from chassis import log, trace, work
from chassis.problems import Carried, Problem, ProblemRecord
from chassis.wire import meters, subjects
from chassis.wire.frames import FRAME_LIMIT
from chassis.wire.gate import Gate
from chassis.wire.leaving import leave
from chassis.wire.refusals import AnswerUnreadable, DeadlinePassed, NoInstance, ReplyTooLarge, RequestTooLarge

logger = structlog.get_logger()

_answering: ContextVar[str | None] = ContextVar("answering", default=None)


class QuestionWithinQuestion(RuntimeError):
    """A handler asked another service; chains of waiting end in all of them waiting (ARCHITECTURE.md, Questions)."""


class _Asked(msgspec.Struct, array_like=True, frozen=True):
    question: bytes
    budget_ms: int
    traceparent: str | None = None
    request_id: str | None = None


class _Answered(msgspec.Struct, array_like=True, frozen=True):
    answer: bytes | None
    problem: ProblemRecord | None = None


_encoder = msgspec.msgpack.Encoder()
_asked = msgspec.msgpack.Decoder(_Asked)
_answered = msgspec.msgpack.Decoder(_Answered)

_BUSY = _encoder.encode(_Answered(None, ProblemRecord.of(NoInstance())))


async def ask(nc: Client, subject: str, question: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - it travels
    """The answer to `question`, within `timeout` seconds.

    Raises NoInstance, DeadlinePassed, RequestTooLarge, AnswerUnreadable, or the problem that the other side raised.
    """
    within = _answering.get()
    if within is not None and not subject.startswith(f"ask.{within}."):
        raise QuestionWithinQuestion(f"{within} asks {subject} while it answers")
    frame = _encoder.encode(_Asked(question, round(timeout * 1000), trace.traceparent(), log.request_id.get()))
    if len(frame) > FRAME_LIMIT:
        raise RequestTooLarge
    if not nc.is_connected:
        raise NoInstance
    try:
        message = await nc.request(subject, frame, timeout=timeout)
        answered = _answered.decode(message.data)
    except nats.errors.TimeoutError as error:
        raise DeadlinePassed(f"Nobody answered {subject} in time.") from error
    except nats.errors.Error as error:
        raise NoInstance from error
    except msgspec.MsgspecError as error:
        raise AnswerUnreadable from error
    if answered.problem is not None:
        raise Carried(answered.problem)
    if answered.answer is None:
        raise AnswerUnreadable
    return answered.answer


Answer = Callable[[bytes], Awaitable[bytes]]


class Answering:
    """One question answered by this process and its like, from `start` until `drain`."""

    def __init__(self, nc: Client, owner: str, name: str, answer: Answer, slots: int) -> None:
        self._nc, self._owner, self._name, self._answer = nc, owner, name, answer
        self._gate = Gate(slots)
        self._subscription: Subscription | None = None

    async def start(self) -> Self:
        """Returns when the server knows of the subscription."""
        subject = subjects.question(self._owner, self._name, "*")
        self._subscription = await self._nc.subscribe(subject, queue=self._owner, cb=self._hear)
        await self._nc.flush()
        meters.watch(self)
        return self

    async def drain(self, grace: float = 5.0) -> None:
        """Leaves the queue group, lets what is in flight finish for `grace` seconds."""
        self._gate.open = False
        if self._subscription is not None:
            await leave([self._subscription])
        await self._gate.drain(grace)

    def in_flight(self) -> Iterable[tuple[float, dict[str, str]]]:
        yield len(self._gate), {"question": f"{self._owner}.{self._name}"}

    async def _hear(self, message: Msg) -> None:
        if self._gate.full:
            meters.busy.add(1, {"question": f"{self._owner}.{self._name}"})
            await self._say(message.reply, _BUSY)
            return
        try:
            asked = _asked.decode(message.data)
        except msgspec.MsgspecError as error:
            logger.error("question.unreadable", question=self._name, error=str(error))  # noqa: TRY400 - theirs
            return
        self._gate.begin(self._work(message.reply, asked, time.monotonic() + asked.budget_ms / 1000))

    async def _work(self, reply_to: str, asked: _Asked, deadline: float) -> None:
        # The task's context is its own, so nothing needs to be put back.
        _answering.set(self._owner)
        log.request_id.set(asked.request_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline - time.monotonic()), self._gate.slot:
                with trace.arriving(asked.traceparent):
                    answered = await self._run(asked)
                await self._say(reply_to, answered)

    async def _run(self, asked: _Asked) -> bytes:
        labels = {"question": f"{self._owner}.{self._name}"}
        try:
            with work.unit("question.answered", kind="server", labels=labels, quiet=True):
                return _framed(await self._answer(asked.question))
        except Problem as problem:
            return _encoder.encode(_Answered(None, ProblemRecord.of(problem)))
        except Exception:
            logger.exception("question.crashed", question=self._name)
            return _encoder.encode(_Answered(None, ProblemRecord.of(Problem())))

    async def _say(self, to: str, frame: bytes) -> None:
        try:
            await self._nc.publish(to, frame)
        except nats.errors.Error as error:
            logger.warning("question.unsaid", question=self._name, error=type(error).__name__)


def _framed(answer: bytes) -> bytes:
    frame = _encoder.encode(_Answered(answer))
    if len(frame) > FRAME_LIMIT:
        raise ReplyTooLarge
    return frame
