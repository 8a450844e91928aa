"""What an attempt does to the state of a redirect URI (verifier.md A6)."""

from datetime import datetime

import msgspec

from contracts.applications import Verification
from services.verifier.proof.prove import Finding


def after(known: Verification | None, finding: Finding, now: datetime) -> Verification:
    """A proof counts at once; a failed attempt never takes away what was proved before, it only tells its reason."""
    if finding.method is not None:
        return Verification(status="verified", method=finding.method, verified_at=now, last_checked_at=now)
    if known is not None and known.verified_at is not None:
        return msgspec.structs.replace(known, reason=finding.reason, last_checked_at=now)
    return Verification(status="failed", reason=finding.reason, last_checked_at=now)
