"""How a check changes what stands: since when, when the next one is, and whether it is time for a mail (B5)."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

import msgspec

from services.verifier.health.judge import Observation
from services.verifier.health.store import Health

HOURLY: Final = timedelta(hours=1)

BACK_OFF: Final = ((timedelta(days=30), timedelta(days=1)), (timedelta(hours=24), timedelta(hours=6)))
"""Red for so long, probed at that pace; the longest first."""

JUST_NOW: Final = timedelta(minutes=1)
"""What has just been looked at waits for its next turn."""

RED_CHECKS: Final = 3
MAIL_EVERY: Final = timedelta(hours=24)

Mail = Literal["lost", "recovered"]


def after(known: Health, seen: Observation, now: datetime) -> tuple[Health, Mail | None]:
    """The health that stands after a completed check, and what its owners should hear now, if anything."""
    red = seen.colour == "red"
    stands = msgspec.structs.replace(
        known,
        state=seen.colour,
        reason=seen.reason,
        since=known.since if known.state == seen.colour else now,
        last_checked_at=now,
        last_ok_at=now if seen.colour == "green" else known.last_ok_at,
        latency_ms=seen.latency_ms,
        drift_s=seen.drift_s,
        red_checks=known.red_checks + 1 if red else 0,
    )
    stands = msgspec.structs.replace(stands, next_probe_at=next_probe(stands, now))
    mail = _mail(stands, now)
    if mail is None:
        return stands, None
    return msgspec.structs.replace(stands, alarmed=mail == "lost", told_at=now), mail


def next_probe(stands: Health, now: datetime) -> datetime:
    """The application's own second of the hour, of every sixth hour, or of the day, after `now`."""
    red_for = now - stands.since if stands.state == "red" else timedelta()
    pace = next((pace for long, pace in BACK_OFF if red_for >= long), HOURLY)
    began = now - timedelta(seconds=now.timestamp() % pace.total_seconds())
    at = began + timedelta(seconds=_phase(stands.application_id) % int(pace.total_seconds()))
    return at if at > now + JUST_NOW else at + pace


def _phase(application_id: int) -> int:
    """Spreads applications over the day, each at the same second always."""
    return int.from_bytes(sha256(str(application_id).encode()).digest()[:8], "big") % 86_400


def _mail(stands: Health, now: datetime) -> Mail | None:
    """At most one a day; a recovery within the day is told when the day is over, if it has held."""
    if stands.told_at is not None and now < stands.told_at + MAIL_EVERY:
        return None
    if stands.state == "red":
        return "lost" if not stands.alarmed and stands.red_checks >= RED_CHECKS else None
    return "recovered" if stands.alarmed and stands.state in ("green", "yellow") else None
