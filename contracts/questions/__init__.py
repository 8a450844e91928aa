"""Questions: the few synchronous requests between services, each with the type of its answer.

They travel as msgpack maps, so a field may be added anywhere with a default. Each is listed in ARCHITECTURE.md with
the reason why an event would not do.
"""

import functools
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

A = TypeVar("A")


class Question(msgspec.Struct, Generic[A], frozen=True):
    """`class PrincipalOf(Question[Principal], frozen=True)` names its owner, its name and the type of its answer."""

    owner: ClassVar[str]
    """The service that answers."""
    name: ClassVar[str]
    """Unique with its owner; may have dots: `client.apply`."""
    answer: ClassVar[Any]
    """The type of the answer once more, for the decoder."""

    @classmethod
    def read_answer(cls, frame: bytes) -> A:
        """Raises msgspec.MsgspecError."""
        found: A = _decoder(cls.answer).decode(frame)
        return found


@functools.cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)
