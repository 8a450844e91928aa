"""What a listener concludes, and how it keeps what came early."""

import pytest

from chassis.events.arrivals import BYTES, Arrivals
from chassis.events.frames import Events, Sent
from chassis.events.marks import Mark
from chassis.events.verdict import Verdict, judge


def a_mark(origin: str, mark: int) -> Mark:
    return Mark(origin, mark, 0, "following", "", 0, "", "")


def an_event(position: int, origin: str = "shop/0@1", payload: bytes = b"") -> Sent:
    return Sent(origin, position, "shop.cup.filled", payload, None, None, 0.0)


def a_log(oldest: int, newest: int, *positions: int) -> Events:
    return Events("shop/0@1", 0, oldest, newest, [an_event(position) for position in positions])


@pytest.mark.parametrize(
    ("mark", "log", "expected"),
    [
        (a_mark("", 0), a_log(1, 0), Verdict.FOLLOW),
        (a_mark("", 0), a_log(1, 2, 1, 2), Verdict.FOLLOW),
        (a_mark("", 0), a_log(7, 8, 7, 8), Verdict.BELOW_OLDEST),
        (a_mark("shop/0@1", 6), a_log(7, 8, 7, 8), Verdict.FOLLOW),
        (a_mark("shop/0@1", 8), a_log(9, 8), Verdict.FOLLOW),
        (a_mark("shop/0@1", 5), a_log(7, 8, 7, 8), Verdict.BELOW_OLDEST),
        (a_mark("shop/0@1", 5), a_log(9, 8), Verdict.BELOW_OLDEST),
        (a_mark("shop/0@1", 5), a_log(1, 8, 7, 8), Verdict.BELOW_OLDEST),
        (a_mark("shop/0@1", 9), a_log(1, 8), Verdict.ABOVE_NEWEST),
        (a_mark("shop/0@0", 9), a_log(1, 8), Verdict.NEW_EPOCH),
        (a_mark("shop/0@0", 3), a_log(1, 8, 4), Verdict.NEW_EPOCH),
    ],
)
def test_the_verdict(mark: Mark, log: Events, expected: Verdict) -> None:
    """Mark and log compare as ADR 3 says; a hole in the log counts as its beginning."""
    assert expected is judge(mark, log)


def test_only_consecutive_positions_have_their_turn() -> None:
    """What came early waits until what is before it has come; what is behind the mark is forgotten."""
    arrivals = Arrivals()
    arrivals.begin("shop/0@1", 0)
    for position in (3, 1, 1, 5):
        arrivals.put(an_event(position))
    assert [1] == [event.position for event in arrivals.after(0, 200)]
    arrivals.begin("shop/0@1", 1)
    assert arrivals.gap(1)
    arrivals.put(an_event(2), asked=True)
    assert [2, 3] == [event.position for event in arrivals.after(1, 200)]
    assert [2] == [event.position for event in arrivals.after(1, 1)]
    assert not arrivals.gap(1)


def test_another_origin_is_not_mixed_in() -> None:
    """Positions of different epochs never meet."""
    arrivals = Arrivals()
    arrivals.begin("shop/0@1", 0)
    arrivals.put(an_event(1))
    arrivals.put(an_event(2, "shop/0@2"))
    assert [1] == [event.position for event in arrivals.after(0, 200)]
    arrivals.begin("shop/0@2", 0)
    assert [] == arrivals.after(0, 200)


def test_what_was_asked_for_finds_room() -> None:
    """A full buffer drops what comes by itself, never what is needed next."""
    arrivals = Arrivals()
    arrivals.begin("shop/0@1", 0)
    arrivals.put(an_event(2, payload=b"x" * BYTES))
    arrivals.put(an_event(3))
    arrivals.put(an_event(1), asked=True)
    assert [1, 2] == [event.position for event in arrivals.after(0, 200)]
