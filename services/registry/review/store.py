"""The review queue in Postgres."""

import msgspec

from chassis.postgres import Database, Row
from contracts.applications import Verification
from services.registry.promotion.store import PromotionRequest

_QUEUE = """
select p.id, p.application_id, p.kind, p.state, p.revision, p.submitted_by, p.submitted_at, p.reviewed_by,
       p.reviewed_at, p.reason, p.feedback, p.note, p.reasons, p.risk_flags_snapshot, p.acknowledged_flags,
       p.service_description, p.technical_contact_email, p.document_sha256, p.tos_version, p.dpa_version, p.score,
       p.signals, a.name, o.slug as organization, a.status, a.created_via,
       (select coalesce(jsonb_agg(jsonb_build_object('uri', u.uri, 'verification', u.verification) order by u.position),
            '[]'::jsonb) from redirect_uris u where u.application_id = a.id and u.uri_class = 'production') as stamps
from promotion_requests p
join applications a on a.id = p.application_id
left join developer_organizations o on o.id = a.organization_id
where p.state = $1
    and ($2::text is null or a.creation_risk_flags -> 'flags' @> jsonb_build_array(jsonb_build_object('code', $2)))
    and ($3::text is null or a.created_via = $3)
"""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the host of one production URI (verifier.md A6)."""

    uri: str
    verification: Verification


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the queue."""

    request: PromotionRequest
    name: str
    organization: str | None
    status: str
    created_via: str
    stamps: tuple[Stamp, ...]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    state: str = "submitted"
    flag: str | None = None
    created_via: str | None = None


async def oldest(db: Database, wanted: Filters, limit: int, skipped: int) -> list[Waiting]:
    rows = await db.fetch(
        _QUEUE + "order by p.submitted_at, p.id limit $4 offset $5",
        wanted.state,
        wanted.flag,
        wanted.created_via,
        limit,
        skipped,
    )
    return [_waiting(row) for row in rows]


async def riskiest(db: Database, wanted: Filters, limit: int, skipped: int) -> list[Waiting]:
    rows = await db.fetch(
        _QUEUE + "order by p.score desc, p.id limit $4 offset $5",
        wanted.state,
        wanted.flag,
        wanted.created_via,
        limit,
        skipped,
    )
    return [_waiting(row) for row in rows]


def _waiting(row: Row) -> Waiting:
    record = dict(row)
    return Waiting(
        request=msgspec.convert(record, PromotionRequest),
        name=record["name"],
        organization=record["organization"],
        status=record["status"],
        created_via=record["created_via"],
        stamps=msgspec.convert(record["stamps"], tuple[Stamp, ...]),
    )
