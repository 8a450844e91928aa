"""Lines of the audit in Postgres."""

from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Database, Tx

Action = Literal["redirect_uri.checked", "rp_health.checked", "rp_health.changed", "rp_health.secret_rotated"]


class Actor(msgspec.Struct, frozen=True):
    """On whose behalf: `user_id` None is the platform itself, by its schedule."""

    user_id: int | None
    via: str

    @property
    def name(self) -> str:
        return "schedule" if self.user_id is None else f"user:{self.user_id}"


SCHEDULE = Actor(None, "schedule")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One deed: what it was about, and what came of it."""

    actor: Actor
    action: Action
    application_id: int
    subject: str
    outcome: str


async def write(tx: Tx, line: Line, now: datetime) -> None:
    """In the transaction of the deed."""
    await tx.execute(
        """
        insert into audit (at, actor, via, action, application_id, subject, outcome)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        now,
        line.actor.name,
        line.actor.via,
        line.action,
        line.application_id,
        line.subject,
        line.outcome,
    )


async def purge(db: Database, before: datetime, most: int) -> int:
    """Deletes up to `most` lines from before then; returns how many."""
    status = await db.execute(
        "delete from audit where id in (select id from audit where at < $1 order by at limit $2)", before, most
    )
    return int(status.rpartition(" ")[2])
