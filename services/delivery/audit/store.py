"""Lines of the audit in Postgres; a trigger keeps everybody from changing them."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from chassis.postgres import Tx
from services.delivery.caller import Actor

Action = Literal[
    "delivery.replayed",
    "delivery.replayed_range",
    "delivery.recovered",
    "endpoint.enabled",
    "webhook.tested",
    "webhook_secret.rotated",
    "webhook_key.rotated",
    "webhook_key.revoked",
    "ssf_stream.created",
    "ssf_stream.changed",
    "ssf_stream.deleted",
    "ssf_stream.paused",
]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One deed: what it was about, and what came of it; never a secret."""

    actor: Actor
    action: Action
    client_id: str | None
    subject: str
    detail: dict[str, Any] = {}


async def write(tx: Tx, line: Line, now: datetime) -> None:
    """In the transaction of the deed."""
    await tx.execute(
        "insert into audit (at, actor, via, action, client_id, subject, detail) values ($1, $2, $3, $4, $5, $6, $7)",
        now,
        line.actor.name,
        line.actor.via,
        line.action,
        line.client_id,
        line.subject,
        line.detail,
    )
