"""How far one hop has come, so that a deadline can say where the time went."""

from contextvars import ContextVar
from datetime import datetime
from typing import Protocol

from chassis.outbound.answer import Timings
from chassis.outbound.failures import ConnectTimeout, HostUnresolvable, OutboundFailed, ReadTimeout


class Peer(Protocol):
    """What a connection remembers."""

    certificate_expires: datetime | None
    first_byte_at: float | None


class Journey:
    """One hop, from the question to its last byte; times are the loop's, in seconds."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.resolved: float | None = None
        self.dial: float | None = None
        self.tls: float | None = None
        self.peer: Peer | None = None
        self._connected: float | None = None

    def connected(self, at: float, peer: Peer) -> None:
        self._connected, self.peer = at, peer

    def out_of_time(self) -> OutboundFailed:
        """The failure that names the step which the deadline cut off."""
        if self.resolved is None:
            return HostUnresolvable("timeout")
        return ConnectTimeout("total") if self._connected is None else ReadTimeout("total")

    def timings(self, now: float) -> Timings:
        connected = self._connected or now
        first_byte = self.peer.first_byte_at if self.peer is not None else None
        return Timings(
            resolve=(self.resolved or now) - self.began,
            dial=self.dial,
            tls=self.tls,
            first_byte=(first_byte or now) - connected,
            total=now - self.began,
        )


journey: ContextVar[Journey] = ContextVar("outbound_journey")
