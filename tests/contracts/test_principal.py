"""The caller in a frame: read as written, and never trusted beyond what is understood."""

from datetime import UTC, datetime

import msgspec
import pytest

from contracts import principal
from contracts.principal import AccessToken, Anonymous, Client, Pak, Principal, Refused, Session

PERSON = {"user_id": 7, "sub": "7", "role": "developer", "identity_verified_level": 1}

EVERY: list[Principal] = [
    Anonymous(),
    Refused(why="expired", via="cookie"),
    Session(
        user_id=7,
        sub="7",
        role="developer",
        identity_verified_level=1,
        session_id="s",
        csrf_token="c",
        authenticated_at=datetime(2026, 5, 11, tzinfo=UTC),
        methods=("pwd",),
    ),
    Pak(user_id=7, sub="7", role="admin", identity_verified_level=2, pak_id=3, scopes=("apps:read",)),
    AccessToken(sub="7", client_id="logi_x", jti="j", audience="logi_x", via="dpop"),
    Client(client_id="logi_x", application_id=9, status="approved"),
]


@pytest.mark.parametrize("caller", EVERY, ids=lambda caller: type(caller).__name__)
def test_a_caller_is_read_as_written(caller: Principal) -> None:
    """Every kind comes back equal, of its own class."""
    assert caller == principal.decode(principal.encode(caller))
    assert type(caller) is type(principal.decode(principal.encode(caller)))


@pytest.mark.parametrize(
    "frame",
    [
        msgspec.msgpack.encode({"kind": "robot", **PERSON}),
        msgspec.msgpack.encode({"kind": "session", "user_id": 7}),
        msgspec.msgpack.encode({"kind": "pak", **PERSON, "pak_id": "three"}),
        msgspec.msgpack.encode({**PERSON, "pak_id": 3}),
        msgspec.msgpack.encode([]),
        b"",
        b"\xc1",
    ],
    ids=["later kind", "incomplete", "wrong type", "no kind", "no map", "empty", "no msgpack"],
)
def test_what_is_not_understood_is_refused(frame: bytes) -> None:
    """A kind of a later release, and bytes of none, never pass for a caller."""
    assert Refused(why="unknown") == principal.decode(frame)


def test_a_later_field_is_passed_over() -> None:
    """A known kind with one more field is read: services are deployed before the gateway."""
    frame = msgspec.msgpack.encode({"kind": "pak", **PERSON, "pak_id": 3, "mood": "good"})
    assert isinstance(principal.decode(frame), Pak)
