"""How far one hop has come, so that a deadline can say where the time went."""

import time
from contextvars import ContextVar
from datetime import datetime

from chassis import trace
from chassis.outbound.answer import Timings
from chassis.outbound.failures import ConnectTimeout, HostUnresolvable, OutboundFailed, ReadTimeout


class Journey:
    """One hop, from the question to its last byte; times are the loop's, in seconds."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.resolved: float | None = None
        self.dial: float | None = None
        self.tls: float | None = None
        self.connected: float | None = None
        self.first_byte: float | None = None
        self.certificate_expires: datetime | None = None

    def out_of_time(self) -> OutboundFailed:
        """The failure that names the step which the deadline cut off."""
        if self.resolved is None:
            return HostUnresolvable("timeout")
        return ConnectTimeout("total") if self.connected is None else ReadTimeout("total")

    def steps(self) -> dict[str, float]:
        """Seconds of each step that was completed, by its name."""
        found = {
            "resolve": None if self.resolved is None else self.resolved - self.began,
            "dial": self.dial,
            "tls": self.tls,
        }
        if self.connected is not None and self.first_byte is not None:
            found["first_byte"] = self.first_byte - self.connected
        return {step: seconds for step, seconds in found.items() if seconds is not None}

    def trace_first_byte(self, now: float) -> None:
        """The wait for the peer, which began and ended inside of aiohttp, as a span."""
        if self.connected is None or self.first_byte is None:
            return
        epoch = time.time_ns() - int(now * 1e9)
        trace.past("outbound.first_byte", epoch + int(self.connected * 1e9), epoch + int(self.first_byte * 1e9))

    def timings(self, now: float) -> Timings:
        return Timings(
            resolve=(self.resolved or now) - self.began,
            dial=self.dial,
            tls=self.tls,
            first_byte=(self.first_byte or now) - (self.connected or now),
            total=now - self.began,
        )


journey: ContextVar[Journey] = ContextVar("outbound_journey")
