"""What the wire counts; gauges look only when they are scraped, so that the hot path pays nothing for them."""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from chassis import metrics

busy = metrics.counter("wire.busy", description="Exchanges and questions refused because nothing had room.")
died = metrics.counter("wire.died", description="Exchanges whose instance fell silent.")
working = metrics.counter("wire.working", description="Words sent to say that an exchange is still worked on.")
retried = metrics.counter("wire.retried", description="Exchanges sent a second time, by reason.")


class Counted(Protocol):
    def in_flight(self) -> Iterable[tuple[float, dict[str, str]]]:
        """Pairs of a number of exchanges and the labels it goes under."""


_counted: WeakSet[Counted] = WeakSet()


def watch(counted: Counted) -> None:
    """Includes `counted` in the gauge `wire.in_flight` for as long as it lives."""
    _counted.add(counted)


def _read() -> Iterable[tuple[float, dict[str, str]]]:
    for counted in list(_counted):
        yield from counted.in_flight()


metrics.observe_gauge("wire.in_flight", _read, description="Exchanges begun and not yet answered.")
