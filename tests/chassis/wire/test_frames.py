"""Frames of the first release decode for ever, and releases next to each other understand each other."""

import msgspec
import pytest

from chassis.wire import frames
from chassis.wire.frames import FrameUnreadable, Reply, Request
from contracts import principal as principals
from contracts.principal import Anonymous, Refused
from tests.chassis.wire.builders import a_request

FIRST_REQUEST = bytes.fromhex(
    "9da3474554c4022f61c403623d319192c40161c40162a93139322e302e322e37"
    "a56874747073a96c6f67692e74657374c401a0cd1388c4026869c0c0c0"
)
FIRST_REPLY = bytes.fromhex(
    "5295ccc99292c40a7365742d636f6f6b6965c403613d3192c40a7365742d636f6f6b6965c403623d32c402686aa26162c0"
)


class RequestBefore(msgspec.Struct, array_like=True, frozen=True):
    """What a release knew that had neither traces nor parts."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    client: str
    scheme: str
    host: str
    principal: bytes
    budget_ms: int
    body: bytes


class RequestAfter(Request, array_like=True, frozen=True):
    """What the next release may add."""

    region: str = "here"


class ReplyBefore(msgspec.Struct, array_like=True, frozen=True):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class ReplyAfter(Reply, array_like=True, frozen=True):
    took_ms: int = 0


def test_the_first_releases_request_is_read() -> None:
    """These bytes were on the wire of the first release, and every later one reads them."""
    expected = Request(
        method="GET",
        path=b"/a",
        query=b"b=1",
        headers=[(b"a", b"b")],
        client="192.0.2.7",
        scheme="https",
        host="logi.test",
        principal=b"\xa0",
        budget_ms=5000,
        body=b"hi",
    )
    assert expected == frames.decode_request(FIRST_REQUEST)


def test_the_first_releases_reply_is_read() -> None:
    """Two Set-Cookie headers stay two, in their order."""
    expected = Reply(201, [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")], b"hj", "ab")
    assert expected == frames.decode_reply(FIRST_REPLY)


def test_an_older_gateway_is_understood() -> None:
    """Fields that release n-1 does not send have their defaults in release n."""
    sent = a_request("POST", "/a?b=1", body=b"hi")
    before = msgspec.convert(sent, RequestBefore, from_attributes=True)
    assert sent == frames.decode_request(msgspec.msgpack.encode(before))


def test_a_newer_gateway_is_understood() -> None:
    """Fields that release n+1 adds at the end are skipped by release n."""
    sent = a_request("POST", "/a?b=1", body=b"hi")
    after = msgspec.convert(sent, RequestAfter, from_attributes=True)
    assert sent == frames.decode_request(msgspec.msgpack.encode(after))


def test_replies_are_understood_in_both_directions() -> None:
    """A newer service answers an older gateway, since services deploy first; after a rollback it is the reverse."""
    sent = Reply(200, [(b"a", b"b")], b"body")
    before = msgspec.msgpack.encode(ReplyBefore(200, [(b"a", b"b")], b"body"))
    after = msgspec.msgpack.encode(ReplyAfter(200, [(b"a", b"b")], b"body", took_ms=3))
    assert [sent, sent] == [frames.decode_reply(b"R" + before), frames.decode_reply(b"R" + after)]
    assert ReplyBefore(200, [(b"a", b"b")], b"body") == msgspec.msgpack.decode(after, type=ReplyBefore)


def test_a_principal_of_an_unknown_kind_is_refused() -> None:
    """A service that does not know a kind of caller yet never takes it for anybody."""
    unknown = msgspec.msgpack.encode({"kind": "robot", "scopes": ["everything"]})
    frame = frames.encode_request(a_request(principal=unknown))
    assert Refused(why="unknown") == principals.decode(frames.decode_request(frame).principal)


def test_a_known_principal_arrives_whole() -> None:
    """The principal's bytes are nested, so that the frame need not know what they say."""
    frame = frames.encode_request(a_request(principal=principals.encode(Anonymous())))
    assert Anonymous() == principals.decode(frames.decode_request(frame).principal)


@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"\x90", b"\x81\xa1a\x01"])
def test_garbage_is_no_frame(garbage: bytes) -> None:
    """Bytes that no release wrote are refused as such, on each of the three ways."""
    with pytest.raises(FrameUnreadable):
        frames.decode_request(garbage)
    with pytest.raises(FrameUnreadable):
        frames.decode_reply(b"R" + garbage)
    with pytest.raises(FrameUnreadable):
        frames.decode_problem(b"P" + garbage)
