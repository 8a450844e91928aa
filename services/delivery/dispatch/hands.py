"""What a worker has in its hands: for each receiver a few rows, of which four at a time are on their way."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.delivery.attempts.store import BREAKS_AT, Done
from services.delivery.dispatch.store import Claimed

AT_ONCE = 4
"""Requests to one relying party at a time, so that a slow one starves nobody (delivery.md 5.5)."""

PER_CLIENT = 16
"""Rows of one relying party in hand: those that wait here for their turn spare a round trip to the database."""


@dataclass
class Lane:
    """One receiver's rows."""

    waiting: deque[Claimed] = field(default_factory=deque)
    sending: dict[int, Claimed] = field(default_factory=dict)
    recording: int = 0
    failures: int = 0
    """In a row."""

    @property
    def held(self) -> int:
        return len(self.waiting) + len(self.sending)


class Hands:
    """Every lane in which there is something to do."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}

    def take(self, rows: list[Claimed]) -> None:
        for row in rows:
            self._lanes.setdefault(row.client_id, Lane()).waiting.append(row)

    def next(self, client_id: str) -> Iterator[Claimed]:
        """Rows of one receiver that may go out now; they count as sent from then on."""
        lane = self._lanes.get(client_id)
        while lane is not None and lane.waiting and len(lane.sending) < AT_ONCE:
            row = lane.waiting.popleft()
            lane.sending[row.id] = row
            yield row

    def ended(self, row: Claimed, done: Done | None) -> list[Claimed]:
        """An attempt is over; `done` is None where a mistake of ours ended it. Returns what is not to be sent now.

        A receiver that is down is not shown what else we hold for it.
        """
        lane = self._lanes[row.client_id]
        lane.sending.pop(row.id, None)
        if done is None:
            self._tidy(row.client_id)
            return []
        lane.recording += 1
        lane.failures = lane.failures + 1 if done.outcome.down else 0
        if lane.failures < BREAKS_AT and not done.outcome.disable:
            return []
        spared = list(lane.waiting)
        lane.waiting.clear()
        return spared

    def recorded(self, done: list[Done]) -> None:
        for each in done:
            lane = self._lanes.get(each.row.client_id)
            if lane is not None:
                lane.recording -= 1
                self._tidy(each.row.client_id)

    def idle(self, done: list[Done]) -> list[str]:
        """Receivers for whom nothing is left once these are recorded."""
        clients = {each.row.client_id for each in done}
        return [client_id for client_id in clients if (lane := self._lanes.get(client_id)) is None or lane.held == 0]

    def counts(self) -> dict[str, int]:
        return {client_id: lane.held for client_id, lane in self._lanes.items() if lane.held}

    def rows(self) -> list[Claimed]:
        return [row for lane in self._lanes.values() for row in (*lane.sending.values(), *lane.waiting)]

    def drop_waiting(self) -> None:
        """At the end: what has not gone out will not; it is given back with all else."""
        for lane in self._lanes.values():
            lane.waiting.clear()

    def _tidy(self, client_id: str) -> None:
        lane = self._lanes[client_id]
        if lane.held == 0 and lane.recording == 0:
            del self._lanes[client_id]
