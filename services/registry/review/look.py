"""What a reviewer sees: the queue, and one request with everything that speaks for and against it."""

from datetime import datetime
from typing import Literal

import msgspec

from chassis.problems import NotFound
from contracts.applications import VerificationStatus
from services.registry.actions.nonce import require_admin
from services.registry.applications import representation as views
from services.registry.applications import store as applications
from services.registry.applications.representation import ApplicationView
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.promotion import store as promotions
from services.registry.review import store
from services.registry.review.store import Filters, Stamp, Waiting
from services.registry.risk import store as risk
from services.registry.risk.flags import Flag
from services.registry.risk.score import Signal, score


class VerifiedView(msgspec.Struct, kw_only=True):
    """Whether the host of one production URI is proven to be the developer's."""

    uri: str
    status: VerificationStatus
    method: str | None
    reason: str | None
    verified_at: datetime | None
    last_checked_at: datetime | None


class WaitingView(msgspec.Struct, kw_only=True):
    """A line of the queue."""

    id: int
    application_id: int
    name: str
    organization: str | None
    kind: str
    state: str
    status: str
    created_via: str
    submitted_at: datetime
    risk_flags: tuple[str, ...]
    reasons: tuple[str, ...]
    score: int
    verifications: tuple[VerifiedView, ...]


class ApprovalView(msgspec.Struct, kw_only=True):
    """One request, closely."""

    id: int
    kind: str
    state: str
    revision: int
    submitted_by: int | None
    submitted_at: datetime
    reviewed_by: int | None
    reviewed_at: datetime | None
    reason: str | None
    feedback: str | None
    note: str | None
    reasons: tuple[str, ...]
    service_description: str | None
    technical_contact_email: str | None
    document_sha256: str | None
    tos_version: str | None
    dpa_version: str | None
    risk_flags_snapshot: tuple[str, ...]
    acknowledged_flags: tuple[str, ...]
    application: ApplicationView
    flags: tuple[Flag, ...]
    score: int
    signals: tuple[Signal, ...]


async def queue(
    ground: Ground, caller: Caller, wanted: Filters, sort: Literal["oldest", "score"], page: tuple[int, int]
) -> list[WaitingView]:
    """Raises ForbiddenRole. `page`: how many, after how many."""
    require_admin(caller)
    ask = store.oldest if sort == "oldest" else store.riskiest
    return [_line(each) for each in await ask(ground.db, wanted, *page)]


async def closely(ground: Ground, caller: Caller, request_id: int) -> ApprovalView:
    """The score is of this moment: hosts may have been proven since. Raises ForbiddenRole, NotFound."""
    require_admin(caller)
    found = await promotions.by_id(ground.db, request_id)
    stored = None if found is None else await applications.whatever(ground.db, found.application_id)
    if found is None or stored is None:
        raise NotFound
    rated = score(stored.application, stored.risk, await risk.circumstances(ground.db, stored, ground.clock.now()))
    own = {"application", "flags", "score", "signals"}
    told = {name: getattr(found, name) for name in ApprovalView.__struct_fields__ if name not in own}
    return ApprovalView(
        **told,
        application=views.show(stored),
        flags=stored.risk.flags,
        score=rated.points,
        signals=rated.signals,
    )


def _line(each: Waiting) -> WaitingView:
    request = each.request
    return WaitingView(
        id=request.id,
        application_id=request.application_id,
        name=each.name,
        organization=each.organization,
        kind=request.kind,
        state=request.state,
        status=each.status,
        created_via=each.created_via,
        submitted_at=request.submitted_at,
        risk_flags=request.risk_flags_snapshot,
        reasons=request.reasons,
        score=request.score,
        verifications=tuple(_verified(stamp) for stamp in each.stamps),
    )


def _verified(stamp: Stamp) -> VerifiedView:
    return VerifiedView(uri=stamp.uri, **msgspec.structs.asdict(stamp.verification))
