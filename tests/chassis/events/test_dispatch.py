"""Events that a handler takes together: in their order, in one call, apart from those that go one by one."""

from typing import Any

import msgspec
import pytest

from chassis.events import Heard
from chassis.events.dispatch import Dispatch
from chassis.events.frames import Sent


class Poured(msgspec.Struct, tag="tea.cup.poured"):
    number: int


class Drunk(msgspec.Struct, tag="tea.cup.drunk"):
    number: int


class Washed(msgspec.Struct, tag="tea.cup.washed"):
    number: int


def sent(position: int, kind: type[Any]) -> Sent:
    tag = str(kind.__struct_config__.tag)
    return Sent("tea/0@1", position, tag, msgspec.json.encode(kind(position)), None, None, 0.0)


async def test_events_in_a_row_are_taken_together() -> None:
    """Kinds that share a handler come in one call; another kind between them parts the calls; the order stays."""
    calls: list[list[int]] = []
    dispatch = Dispatch("tea")

    async def together(_: Any, heard: Any) -> None:
        calls.append([one.event.number for one in heard])
        assert all(isinstance(one, Heard) for one in heard)

    async def alone(_: Any, event: Washed) -> None:
        calls.append([-event.number])

    dispatch.add_together([Poured, Drunk], together)
    dispatch.add(Washed, alone)
    tx: Any = None
    kinds = [Poured, Drunk, Poured, Washed, Poured, Drunk]
    await dispatch.run(tx, [sent(number, kind) for number, kind in enumerate(kinds, start=1)])
    assert [[1, 2, 3], [-4], [5, 6]] == calls
    await dispatch(tx, sent(7, Poured))
    assert [7] == calls[-1]


def test_one_kind_has_one_handler() -> None:
    """A kind that is taken together cannot be taken alone as well."""
    dispatch = Dispatch("tea")

    async def nothing(_: Any, __: Any) -> None: ...

    dispatch.add_together([Poured], nothing)
    with pytest.raises(ValueError, match=r"tea\.cup\.poured"):
        dispatch.add(Poured, nothing)
