"""Applications for promotion in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Database, Row, Tx
from services.registry.risk.score import Score, Signal

State = Literal["submitted", "approved", "rejected", "changes_requested", "cancelled"]
Kind = Literal["promotion", "re_review"]

SELECT = """
select id, application_id, kind, state, revision, submitted_by, submitted_at, reviewed_by, reviewed_at, reason,
       feedback, note, reasons, risk_flags_snapshot, acknowledged_flags, service_description, technical_contact_email,
       document_sha256, tos_version, dpa_version, score, signals
from promotion_requests
"""


class PromotionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One application for promotion, or one second look (`re_review`), as registry keeps it."""

    id: int
    application_id: int
    kind: Kind
    state: State
    revision: int
    submitted_by: int | None
    submitted_at: datetime
    reviewed_by: int | None = None
    reviewed_at: datetime | None = None
    reason: str | None = None
    feedback: str | None = None
    note: str | None = None
    reasons: tuple[str, ...] = ()
    risk_flags_snapshot: tuple[str, ...] = ()
    acknowledged_flags: tuple[str, ...] = ()
    service_description: str | None = None
    technical_contact_email: str | None = None
    document_sha256: str | None = None
    tos_version: str | None = None
    dpa_version: str | None = None
    score: int = 0
    signals: tuple[Signal, ...] = ()


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What an applicant hands in."""

    service_description: str
    technical_contact_email: str
    document_sha256: str
    acknowledged_flags: tuple[str, ...]
    risk_flags_snapshot: tuple[str, ...]
    tos_version: str
    dpa_version: str


async def insert(tx: Tx, application_id: int, by: int, paper: Paper, at: datetime) -> PromotionRequest:
    """Raises asyncpg.UniqueViolationError where one is open."""
    number = await tx.fetchval(
        """
        insert into promotion_requests (application_id, kind, state, submitted_by, submitted_at, risk_flags_snapshot,
            acknowledged_flags, service_description, technical_contact_email, document_sha256, tos_version, dpa_version)
        values ($1, 'promotion', 'submitted', $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id
        """,
        application_id,
        by,
        at,
        paper.risk_flags_snapshot,
        paper.acknowledged_flags,
        paper.service_description,
        paper.technical_contact_email,
        paper.document_sha256,
        paper.tos_version,
        paper.dpa_version,
    )
    return _one(await tx.fetchrow(SELECT + "where id = $1", number))


async def resubmit(tx: Tx, request_id: int, by: int, paper: Paper, at: datetime) -> PromotionRequest:
    await tx.execute(
        """
        update promotion_requests set state = 'submitted', revision = revision + 1, submitted_by = $2,
            submitted_at = $3, risk_flags_snapshot = $4, acknowledged_flags = $5, service_description = $6,
            technical_contact_email = $7, document_sha256 = $8, tos_version = $9, dpa_version = $10
        where id = $1
        """,
        request_id,
        by,
        at,
        paper.risk_flags_snapshot,
        paper.acknowledged_flags,
        paper.service_description,
        paper.technical_contact_email,
        paper.document_sha256,
        paper.tos_version,
        paper.dpa_version,
    )
    return _one(await tx.fetchrow(SELECT + "where id = $1", request_id))


async def decide(tx: Tx, decided: PromotionRequest) -> None:
    """Keeps what a reviewer said."""
    await tx.execute(
        """
        update promotion_requests set state = $2, reviewed_by = $3, reviewed_at = $4, reason = $5, feedback = $6,
            note = $7, acknowledged_flags = $8
        where id = $1
        """,
        decided.id,
        decided.state,
        decided.reviewed_by,
        decided.reviewed_at,
        decided.reason,
        decided.feedback,
        decided.note,
        decided.acknowledged_flags,
    )


async def look_again(tx: Tx, application_id: int, by: int, reasons: Sequence[str], at: datetime) -> None:
    """Asks for a second look, or adds reasons to the one that waits."""
    await tx.execute(
        """
        insert into promotion_requests as p (application_id, kind, state, submitted_by, submitted_at, reasons)
        values ($1, 're_review', 'submitted', $2, $3, $4)
        on conflict (application_id) where state in ('submitted', 'changes_requested')
            do update set reasons = array(select distinct unnest(p.reasons || excluded.reasons) order by 1)
        """,
        application_id,
        by,
        at,
        list(reasons),
    )


async def cancel_open(tx: Tx, application_id: int) -> int | None:
    """Ends what is open for an application; returns its number."""
    number: int | None = await tx.fetchval(
        """
        update promotion_requests set state = 'cancelled'
        where application_id = $1 and state in ('submitted', 'changes_requested') returning id
        """,
        application_id,
    )
    return number


async def latest(db: "Database | Tx", application_id: int) -> PromotionRequest | None:
    """The last one that a developer handed in."""
    row = await db.fetchrow(
        SELECT + "where application_id = $1 and kind = 'promotion' order by id desc limit 1", application_id
    )
    return None if row is None else _one(row)


async def rate(tx: Tx, application_id: int, found: Score) -> None:
    """Keeps the score of what is open for an application."""
    await tx.execute(
        """
        update promotion_requests set score = $2, signals = $3
        where application_id = $1 and state in ('submitted', 'changes_requested')
        """,
        application_id,
        found.points,
        found.signals,
    )


async def open_one(tx: Tx, application_id: int) -> PromotionRequest | None:
    row = await tx.fetchrow(
        SELECT + "where application_id = $1 and state in ('submitted', 'changes_requested')", application_id
    )
    return None if row is None else _one(row)


async def by_id(db: "Database | Tx", request_id: int) -> PromotionRequest | None:
    row = await db.fetchrow(SELECT + "where id = $1", request_id)
    return None if row is None else _one(row)


async def keep_document(tx: Tx, request_id: int, revision: int, sha256: str, sealed: bytes) -> None:
    await tx.execute(
        "insert into promotion_documents (request_id, revision, sha256, sealed) values ($1, $2, $3, $4)",
        request_id,
        revision,
        sha256,
        sealed,
    )


async def document(tx: Tx, request_id: int, revision: int) -> tuple[str, bytes] | None:
    """Its digest and the sealed bytes."""
    row = await tx.fetchrow(
        "select sha256, sealed from promotion_documents where request_id = $1 and revision = $2", request_id, revision
    )
    return None if row is None else (row["sha256"], row["sealed"])


def _one(row: Row | None) -> PromotionRequest:
    if row is None:
        raise LookupError("a row that was just written is gone")
    return msgspec.convert(dict(row), PromotionRequest)
