"""Typed questions between services: for what an event cannot do, because the asker must wait for the answer."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec
from nats.aio.client import Client

from chassis import trace
from chassis.problems import InvalidRequest
from chassis.wire import asking, subjects
from chassis.wire.asking import Answering
from chassis.wire.refusals import AnswerUnreadable

PATIENCE = 2.0
"""Seconds that a question may take unless the asker says otherwise."""

SLOTS = 32
"""Questions of one kind that a process answers at a time, apart from its pools."""

A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Question(Protocol[A_co]):
    """What `contracts.questions.Question` is: a Struct that knows who answers it and how to read the answer."""

    owner: ClassVar[str]
    name: ClassVar[str]

    @classmethod
    def read_answer(cls, frame: bytes) -> A_co: ...


_encoder = msgspec.msgpack.Encoder()


async def ask(
    nc: Client,
    asker: str,
    question: Question[A],
    timeout: float = PATIENCE,  # noqa: ASYNC109 - it travels
    *,
    of: str | None = None,
) -> A:
    """What the owner of `question` answers, within `timeout` seconds; `asker` is the service that asks.

    `of` asks those of the owner's processes that answer under this label, where they are not all alike.

    Raises NoInstance (503), DeadlinePassed (504), AnswerUnreadable (502), or `Carried`: the problem that the owner
    raised, with its status and code; a mistake of the owner's arrives as a blank 500.
    """
    with trace.span(f"ask {question.owner}.{question.name}", kind="client"):
        subject = subjects.question(question.owner, _labelled(question.name, of), asker)
        frame = await asking.ask(nc, subject, _encoder.encode(question), timeout)
    try:
        return question.read_answer(frame)
    except msgspec.MsgspecError as error:
        raise AnswerUnreadable from error


async def answer(
    nc: Client,
    owner: str,
    kind: type[Question[A]],
    handler: Callable[[Any], Awaitable[A]],
    slots: int = SLOTS,
    *,
    of: str | None = None,
) -> Answering:
    """Answers every question of `kind` from now on; drain what it returns when the process ends.

    With `of` only those that are asked of this label.

    `handler` may raise Problems, which travel, and asks nothing of another service.
    """
    if kind.owner != owner:
        raise ValueError(f"{kind.name} is a question for {kind.owner}, not {owner}")
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(kind)

    async def answered(frame: bytes) -> bytes:
        try:
            question = decoder.decode(frame)
        except msgspec.MsgspecError as error:
            raise InvalidRequest("This question cannot be read.") from error
        return _encoder.encode(await handler(question))

    return await Answering(nc, owner, _labelled(kind.name, of), answered, slots).start()


def _labelled(name: str, of: str | None) -> str:
    return name if of is None else f"{name}.{of}"
