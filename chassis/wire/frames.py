"""What travels: one frame for a request, and small tagged words back (ADR 1).

Frames are msgpack arrays, so a field may only be added at the end and with a default: an older release skips what
it does not know, a newer one fills in what is missing.
"""

from typing import NamedTuple

import msgspec

from chassis.problems import Problem, ProblemRecord

FRAME_LIMIT = 1024 * 1024 - 1024
"""Bytes of the largest frame: NATS's own limit of 1 MiB per message, less room for subject and tag."""

INLINE_BODY = FRAME_LIMIT - 64 * 1024
"""Bytes of the largest request body that stands in its frame: 64 KiB are left for everything else."""

BODY_LIMIT = 12 * 1024 * 1024
"""Bytes of the largest body of either direction; what does not fit a frame travels in parts."""

REPLY, PROBLEM, WORKING, BUSY, MEMBER = b"R", b"P", b"W", b"B", b"M"
"""First byte of a word to the caller: behind it a Reply, a ProblemRecord, or the id of the instance that speaks."""

THROUGH, ROLL = b"T", b"?"
"""First byte of a word to all instances: the caller is through with the exchange named behind it; who is there?"""

Headers = list[tuple[bytes, bytes]]


class Parcel(msgspec.Struct, array_like=True, frozen=True):
    """A body too large for its frame: where its parts are to be had, and how many bytes they make."""

    at: str
    size: int


class Request(msgspec.Struct, array_like=True, frozen=True):
    """One HTTP request as the gateway saw it; `path` and `query` are raw, `budget_ms` is what is left of its time."""

    method: str
    path: bytes
    query: bytes
    headers: Headers
    client: str
    scheme: str
    host: str
    principal: bytes
    budget_ms: int
    body: bytes
    traceparent: str | None = None
    request_id: str | None = None
    parcel: Parcel | None = None


class Reply(msgspec.Struct, array_like=True, frozen=True):
    """One whole HTTP response; `instance` says who answered."""

    status: int
    headers: Headers
    body: bytes
    instance: str = ""
    parcel: Parcel | None = None


class Busy(NamedTuple):
    """Nothing was begun by this instance, so any method may be tried elsewhere."""

    instance: str


class FrameUnreadable(Exception):
    """The bytes are no frame of any release."""


_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(Request)
_replies = msgspec.msgpack.Decoder(Reply)
_problems = msgspec.msgpack.Decoder(ProblemRecord)


def encode_request(request: Request) -> bytes:
    return _encoder.encode(request)


def decode_request(frame: bytes) -> Request:
    """Raises FrameUnreadable."""
    try:
        return _requests.decode(frame)
    except msgspec.MsgspecError as error:
        raise FrameUnreadable(str(error)) from error


def encode_reply(reply: Reply) -> bytes:
    """The reply as a word to the caller: its tag, then the array."""
    return REPLY + _encoder.encode(reply)


def decode_reply(word: bytes) -> Reply:
    """Reads a word that begins with REPLY. Raises FrameUnreadable."""
    try:
        return _replies.decode(memoryview(word)[1:])
    except msgspec.MsgspecError as error:
        raise FrameUnreadable(str(error)) from error


def encode_problem(problem: Problem) -> bytes:
    """A refusal of the wire itself, or of the app where it could not even answer; the edge renders it."""
    return PROBLEM + _encoder.encode(ProblemRecord.of(problem))


def decode_problem(word: bytes) -> ProblemRecord:
    """Reads a word that begins with PROBLEM. Raises FrameUnreadable."""
    try:
        return _problems.decode(memoryview(word)[1:])
    except msgspec.MsgspecError as error:
        raise FrameUnreadable(str(error)) from error
