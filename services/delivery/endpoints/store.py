"""The copy of registry's applications in Postgres: only newer versions are taken, the deleted stay as tombstones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Database, Tx
from contracts.applications import Application

DisabledReason = Literal["gone", "failing"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where an application's webhooks go, and how it has been there lately."""

    client_id: str
    application_id: int
    webhook_url: str
    failing_since: datetime | None = None


async def upsert(tx: Tx, app: Application) -> bool:
    """True where this was news. A URL that was changed begins anew: what the old one did is not held against it."""
    taken = await tx.fetchval(
        """
        with lane as (
            insert into lanes (client_id) values ($1) on conflict (client_id) do update
            set failures = 0, open_until = null, failing_since = null
            where exists (select from endpoints e where e.client_id = $1 and e.version < $3
                and e.webhook_url is distinct from $5)
        )
        insert into endpoints (client_id, application_id, version, client_type, webhook_url, served, deleted,
            event_types, older_events_form, signs_asymmetric, ordered)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (client_id) do update set application_id = excluded.application_id, version = excluded.version,
            client_type = excluded.client_type, webhook_url = excluded.webhook_url, served = excluded.served,
            deleted = excluded.deleted, event_types = excluded.event_types,
            older_events_form = excluded.older_events_form, signs_asymmetric = excluded.signs_asymmetric,
            ordered = excluded.ordered,
            disabled_at = case when endpoints.webhook_url is not distinct from excluded.webhook_url
                then endpoints.disabled_at end,
            disabled_reason = case when endpoints.webhook_url is not distinct from excluded.webhook_url
                then endpoints.disabled_reason end
        where endpoints.version < excluded.version returning client_id
        """,
        app.client_id,
        app.id,
        app.version,
        app.client_type,
        app.webhook_url,
        app.usable,
        app.deleted_at is not None,
        list(app.webhook_event_types),
        "legacy" if app.webhook_legacy_signature else "outbox",
        app.webhook_asymmetric,
        app.webhook_ordered,
    )
    return taken is not None


async def versions(tx: Tx, client_ids: Sequence[str]) -> dict[str, int]:
    """Those held, by client_id."""
    rows = await tx.fetch(
        "select client_id, version from endpoints where client_id = any($1::text[])", list(client_ids)
    )
    return {row["client_id"]: row["version"] for row in rows}


async def keys(tx: Tx) -> list[str]:
    """The records held, by the key of registry's snapshot."""
    rows = await tx.fetch("select application_id from endpoints where not deleted and application_id > 0")
    return [f"{row['application_id']:019d}" for row in rows]


async def distrust(tx: Tx) -> None:
    await tx.execute("update endpoints set version = 0")


async def bury(tx: Tx, application_ids: Sequence[int]) -> None:
    """A version makes each a known end: its waiting pushes are skipped and do not wait for a record."""
    await tx.execute(
        """
        update endpoints set deleted = true, version = version + 1, webhook_url = null, served = false
        where application_id = any($1::bigint[])
        """,
        list(application_ids),
    )


async def disable(tx: Tx, client_id: str, reason: DisabledReason, now: datetime) -> Endpoint | None:
    """Nothing is pushed until the URL is saved or the owner enables it; None where that was so already."""
    row = await tx.fetchrow(
        """
        update endpoints set disabled_at = $2, disabled_reason = $3
        where client_id = $1 and disabled_at is null and webhook_url is not null
        returning client_id, application_id, webhook_url
        """,
        client_id,
        now,
        reason,
    )
    return None if row is None else msgspec.convert(dict(row), Endpoint)


async def enable(tx: Tx, client_id: str) -> bool:
    """Pushes begin anew, with a lane that nothing is held against; False where nothing was disabled."""
    enabled = await tx.fetchval(
        """
        with lane as (
            update lanes set failures = 0, open_until = null, failing_since = null where client_id = $1
        )
        update endpoints set disabled_at = null, disabled_reason = null
        where client_id = $1 and disabled_at is not null returning client_id
        """,
        client_id,
    )
    return enabled is not None


async def disabled_because(db: Database, client_id: str) -> DisabledReason | None:
    """Why nothing is pushed; None where it is."""
    found: DisabledReason | None = await db.fetchval(
        "select disabled_reason from endpoints where client_id = $1 and disabled_at is not null", client_id
    )
    return found


async def to_tell(tx: Tx, client_ids: Sequence[str], now: datetime, before: datetime) -> list[Endpoint]:
    """Those whose owners have not been told since `before` that rows die; they count as told from now on."""
    rows = await tx.fetch(
        """
        update lanes l set told_at = $2 from endpoints e
        where l.client_id = any($1::text[]) and (l.told_at is null or l.told_at <= $3)
          and e.client_id = l.client_id and e.webhook_url is not null
        returning l.client_id, e.application_id, e.webhook_url, l.failing_since
        """,
        list(client_ids),
        now,
        before,
    )
    return [msgspec.convert(dict(row), Endpoint) for row in rows]


async def client_of(db: "Database | Tx", application_id: int) -> str | None:
    """The client of an application that is not deleted."""
    found: str | None = await db.fetchval(
        "select client_id from endpoints where application_id = $1 and not deleted", application_id
    )
    return found


async def application_of(db: "Database | Tx", client_id: str) -> int | None:
    found: int | None = await db.fetchval("select application_id from endpoints where client_id = $1", client_id)
    return found


async def is_reachable(db: "Database | Tx", client_id: str) -> bool:
    """Whether there is somewhere to push to."""
    found: bool | None = await db.fetchval(
        """
        select webhook_url is not null and disabled_at is null and served and not deleted from endpoints
        where client_id = $1
        """,
        client_id,
    )
    return bool(found)
