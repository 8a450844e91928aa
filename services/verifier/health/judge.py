"""What an answer says of a relying party: pure rules, in the order of the contract (verifier.md B4)."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from chassis.outbound import (
    Answer,
    Blocked,
    BlockedAddress,
    ConnectTimeout,
    HostUnresolvable,
    OutboundFailed,
    ReadTimeout,
    RedirectNotFollowed,
    TlsInvalid,
    TooLarge,
)
from chassis.settings import Secret
from services.verifier.health import sign

Colour = Literal["green", "yellow", "red", "not_checkable"]

MAX_DRIFT: Final = 300
MOST_DRIFT: Final = 2**31 - 1
"""What the column holds; a clock that is further off is told as this far off."""

SLOW: Final = timedelta(seconds=3)
EXPIRING: Final = timedelta(days=7)
MAX_BYTES: Final = 4096


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One completed look. `drift_s`: how far the other clock is ahead of ours, in whole seconds."""

    colour: Colour
    reason: str
    latency_ms: int | None = None
    drift_s: int | None = None

    @property
    def passing(self) -> bool:
        """Whether a second try may say otherwise: trouble of the network, or a server error."""
        return self.reason in {"host_unresolvable", "connect_failed", "timeout"} or self.reason.startswith("http_5")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer must fit."""

    client_id: str
    timestamp: int
    secret: Secret


class Echo(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a well-behaved answer; other members are nobody's business."""

    status: str
    timestamp: int
    client_id: str | None = None
    proof: str | None = None


# Refused, reset and not HTTP share one reason, as everywhere (verifier.md A5).
_REASONS: Final[dict[type[OutboundFailed], str]] = {
    HostUnresolvable: "host_unresolvable",
    ConnectTimeout: "timeout",
    ReadTimeout: "timeout",
    TlsInvalid: "tls_invalid",
    RedirectNotFollowed: "redirect_not_followed",
    TooLarge: "too_large",
}


def failure(failed: OutboundFailed) -> Observation:
    """No answer at all."""
    if isinstance(failed, Blocked):
        reason = "blocked_address" if isinstance(failed, BlockedAddress) else "blocked_host"
        return Observation(colour="not_checkable", reason=reason)
    return _red(_REASONS.get(type(failed), "connect_failed"))


def answer(asked: Asked, found: Answer, now: datetime) -> Observation:
    """`now` is the time of the answer."""
    latency = timedelta(seconds=found.timings.total)
    seen = _status(found) or _body(asked, found)
    if seen.colour == "green":
        if latency > SLOW:
            seen = _yellow("slow", seen.drift_s)
        elif found.certificate_expires is not None and found.certificate_expires - now < EXPIRING:
            seen = _yellow("cert_expiring", seen.drift_s)
    return msgspec.structs.replace(seen, latency_ms=round(latency / timedelta(milliseconds=1)))


def _status(found: Answer) -> Observation | None:
    if found.status == 200:
        return None
    if found.status == 401:
        return _yellow("signature_rejected")
    if found.status in (429, 503) and found.header("retry-after") is not None:
        return _yellow("throttled")
    return _red("route_missing" if found.status in (404, 405) else f"http_{found.status}")


def _body(asked: Asked, found: Answer) -> Observation:
    if found.truncated:
        return _red("too_large")
    try:
        echo = msgspec.json.decode(found.body, type=Echo)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _red("client_id_mismatch" if _anonymous(found.body) else "bad_response")
    if echo.client_id != asked.client_id:
        return _red("client_id_mismatch")
    proven = echo.proof is None or sign.proves(asked.secret, asked.timestamp, asked.client_id, echo.proof)
    if not proven or echo.status not in ("ok", "degraded"):
        return _red("bad_response")
    return _healthy(echo, echo.timestamp - asked.timestamp)


def _healthy(echo: Echo, drift: int) -> Observation:
    if abs(drift) > MAX_DRIFT:
        return _yellow("clock_drift", max(-MOST_DRIFT, min(MOST_DRIFT, drift)))
    if echo.status == "degraded":
        return _yellow("rp_degraded", drift)
    return Observation(colour="green", reason="alive", drift_s=drift)


class _Named(msgspec.Struct):
    client_id: str | None = None


def _anonymous(body: bytes) -> bool:
    """A JSON object that names nobody is some other page: the mismatch is what its developer must hear."""
    try:
        return msgspec.json.decode(body, type=_Named).client_id is None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def _red(reason: str) -> Observation:
    return Observation(colour="red", reason=reason)


def _yellow(reason: str, drift_s: int | None = None) -> Observation:
    return Observation(colour="yellow", reason=reason, drift_s=drift_s)
