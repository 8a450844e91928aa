"""Clients in Postgres: registry's record at the newest version that was told."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.applications import Application


class Taken(msgspec.Struct, frozen=True):
    """What became of a record that was told."""

    version: int
    """The one held afterwards."""
    before: int | None
    """The generation of the record that it replaced, 0 where there was none; None where it was no news."""


async def upsert(tx: Tx | Database, app: Application) -> Taken:
    """Takes the record if it is newer."""
    row = await tx.fetchrow(
        """insert into clients as c (client_id, application_id, version, record, origins, deleted_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (client_id) do update set
            version = excluded.version, record = excluded.record, origins = excluded.origins,
            deleted_at = excluded.deleted_at
        where c.version < excluded.version
        returning new.version, coalesce((old.record ->> 'generation')::integer, 0) as before""",
        app.client_id,
        app.id,
        app.version,
        msgspec.to_builtins(app),
        origins(app),
        app.deleted_at,
    )
    if row is not None:
        return Taken(row["version"], row["before"])
    return Taken(await tx.fetchval("select version from clients where client_id = $1", app.client_id), None)


async def versions(tx: Tx, client_ids: Sequence[str]) -> dict[str, int]:
    """Those held, by client_id."""
    rows = await tx.fetch("select client_id, version from clients where client_id = any($1::text[])", list(client_ids))
    return {row["client_id"]: row["version"] for row in rows}


async def find(db: Tx | Database, client_id: str) -> Application | None:
    """The record as held, a deleted one included."""
    return _application(await db.fetchrow("select record, version from clients where client_id = $1", client_id))


async def any_has_origin(db: Database, origin: str) -> bool:
    """Whether some living client has a redirect URI of this web origin."""
    found = await db.fetchval(
        "select exists (select from clients where origins @> array[$1] and deleted_at is null)", origin
    )
    return bool(found)


class Reading(msgspec.Struct, frozen=True):
    """When a client-id metadata document was last read well, and until when nobody asks again."""

    read_at: datetime | None = None
    asked_until: datetime | None = None


async def reading(db: Database, client_id: str) -> Reading:
    row = await db.fetchrow("select read_at, asked_until from client_documents where client_id = $1", client_id)
    return Reading() if row is None else Reading(row["read_at"], row["asked_until"])


async def note(tx: Tx | Database, client_id: str, found: Reading) -> None:
    """An older reading never beats a newer one."""
    await tx.execute(
        """insert into client_documents as d (client_id, read_at, asked_until) values ($1, $2, $3)
        on conflict (client_id) do update set
            read_at = greatest(d.read_at, excluded.read_at), asked_until = excluded.asked_until""",
        client_id,
        found.read_at,
        found.asked_until,
    )


async def keys(tx: Tx) -> list[int]:
    """The application ids of the living that registry owns."""
    rows = await tx.fetch("select application_id from clients where deleted_at is null and application_id > 0")
    return [row["application_id"] for row in rows]


async def distrust(tx: Tx) -> None:
    """Sets every version to 0, so that whatever the owner says next is newer."""
    await tx.execute("update clients set version = 0 where application_id > 0")


async def entomb(tx: Tx, application_ids: Sequence[int]) -> list[str]:
    """Marks as deleted what the owner no longer has, at a version that no older event beats; returns the client_ids."""
    rows = await tx.fetch(
        """update clients set deleted_at = now(), version = version + 1,
            record = record || jsonb_build_object('deleted_at', now())
        where application_id = any($1::bigint[]) and deleted_at is null returning client_id""",
        list(application_ids),
    )
    return [row["client_id"] for row in rows]


def origins(app: Application) -> list[str]:
    """The web origins of the redirect URIs (RFC 6454), each once."""
    found = []
    for entry in app.redirect_uris:
        parts = urlsplit(entry.uri)
        if parts.scheme in {"http", "https"} and parts.netloc:
            found.append(f"{parts.scheme}://{parts.netloc}")
    return list(dict.fromkeys(found))


def _application(row: Row | None) -> Application | None:
    """The column's version counts: it is what a rebuild resets and what a token request compares."""
    if row is None:
        return None
    return msgspec.structs.replace(msgspec.convert(row["record"], Application), version=row["version"])
