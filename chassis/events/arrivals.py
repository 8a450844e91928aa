"""Events that have come and wait for their turn, in whatever order they came."""

from chassis.events.frames import Sent

BYTES = 16 * 1024 * 1024
"""What is dropped beyond this is fetched when its turn comes."""


class Arrivals:
    """The positions of one origin that lie ahead of the mark."""

    def __init__(self) -> None:
        self._events: dict[int, Sent] = {}
        self._bytes = 0
        self.origin = ""

    def begin(self, origin: str, mark: int) -> None:
        """Forgets another origin's events, and all up to the mark."""
        if origin != self.origin:
            self._events.clear()
            self._bytes, self.origin = 0, origin
        for position in [position for position in self._events if position <= mark]:
            self._bytes -= len(self._events.pop(position).payload)

    def put(self, event: Sent, *, asked: bool = False) -> None:
        """What was asked for is needed next and always finds room; twice the same position is once."""
        room = asked or self._bytes < BYTES
        if room and event.origin == self.origin and event.position not in self._events:
            self._events[event.position] = event
            self._bytes += len(event.payload)

    def after(self, mark: int, most: int) -> list[Sent]:
        """The consecutive events from mark + 1 on."""
        run: list[Sent] = []
        while len(run) < most and (event := self._events.get(mark + 1 + len(run))) is not None:
            run.append(event)
        return run

    def gap(self, mark: int) -> bool:
        """Whether something has come, and not the next."""
        return bool(self._events) and mark + 1 not in self._events and max(self._events) > mark
