"""The copy of registry's applications in Postgres: only newer versions are taken, the deleted stay as tombstones."""

from collections.abc import Sequence

from chassis.postgres import Tx
from contracts.applications import Application


async def upsert(tx: Tx, app: Application) -> bool:
    """True where this was news."""
    taken = await tx.fetchval(
        """
        insert into endpoints (client_id, application_id, version, client_type, webhook_url, served, deleted)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (client_id) do update set application_id = excluded.application_id, version = excluded.version,
            client_type = excluded.client_type, webhook_url = excluded.webhook_url, served = excluded.served,
            deleted = excluded.deleted
        where endpoints.version < excluded.version returning client_id
        """,
        app.client_id,
        app.id,
        app.version,
        app.client_type,
        app.webhook_url,
        app.usable,
        app.deleted_at is not None,
    )
    return taken is not None


async def keys(tx: Tx) -> list[str]:
    """The records held, by the key of registry's snapshot; an application that was only heard of is none yet."""
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
