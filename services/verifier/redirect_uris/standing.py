"""What an attempt does to the state of a redirect URI, and when it is looked at again (verifier.md A6)."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from contracts.applications import Verification
from services.verifier.perspectives.quorum import Verdict
from services.verifier.redirect_uris.store import Check, Standing

EVERY: Final = timedelta(days=30)
"""How long a proof stands before it is looked at again."""

SPREAD: Final = timedelta(days=2)
"""Each URI is looked at earlier by a part of this, so that what was proved in one hour does not come due in one."""

AGAIN: Final = timedelta(days=1)
"""The second look at a proof that failed, and the pace while it is stale."""

STALE_FOR: Final = timedelta(days=30)
"""After this a stale proof has failed."""

LATER: Final = timedelta(hours=1)
"""When a re-check is tried again of which our own perspectives did not give an answer."""


def after_attempt(known: Check | None, verdict: Verdict, uri: str, now: datetime) -> Standing:
    """Somebody asked. A proof counts at once; a failure never takes away what was proved, it only tells its reason."""
    if verdict.method is not None:
        return _proved(verdict, uri, now)
    if known is not None and known.verification.verified_at is not None:
        told = msgspec.structs.replace(known.verification, reason=verdict.reason, last_checked_at=now)
        return msgspec.structs.replace(known.standing, verification=told)
    return Standing(verification=Verification(status="failed", reason=verdict.reason, last_checked_at=now))


def after_recheck(known: Check, verdict: Verdict, now: datetime) -> Standing:
    """The schedule asked: two failures a day apart make a proof stale, thirty days later it has failed."""
    if verdict.method is not None:
        return _proved(verdict, known.uri, now)
    stands = known.standing
    told = msgspec.structs.replace(known.verification, reason=verdict.reason, last_checked_at=now)
    if told.status == "stale":
        if stands.stale_since is not None and now >= stands.stale_since + STALE_FOR:
            return Standing(verification=Verification(status="failed", reason=verdict.reason, last_checked_at=now))
        return msgspec.structs.replace(stands, verification=told, next_check_at=now + AGAIN)
    if stands.failing_since is None:
        return msgspec.structs.replace(stands, verification=told, failing_since=now, next_check_at=now + AGAIN)
    if now < stands.failing_since + AGAIN:
        return msgspec.structs.replace(stands, verification=told, next_check_at=stands.failing_since + AGAIN)
    stale = msgspec.structs.replace(told, status="stale")
    return msgspec.structs.replace(stands, verification=stale, stale_since=now, next_check_at=now + AGAIN)


def _proved(verdict: Verdict, uri: str, now: datetime) -> Standing:
    stamp = Verification(status="verified", method=verdict.method, verified_at=now, last_checked_at=now)
    return Standing(verification=stamp, next_check_at=now + EVERY - _share(uri))


def _share(uri: str) -> timedelta:
    """The URI's own part of SPREAD, the same each time."""
    return SPREAD * (int.from_bytes(sha256(uri.encode()).digest()[:4], "big") / 2**32)
