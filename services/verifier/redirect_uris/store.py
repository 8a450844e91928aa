"""Checks and their limits in Postgres."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.applications import Application, Verification


class Perspective(msgspec.Struct, frozen=True, kw_only=True):
    """What the last attempt looked like from one place."""

    name: str
    outcome: str
    """`verified` or the reason that is told first."""
    dns_reason: str | None
    wellknown_reason: str | None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The last check of one redirect URI."""

    uri: str
    verification: Verification
    perspectives: tuple[Perspective, ...]


async def checks(db: Database, application_id: int) -> dict[str, Check]:
    """The checks of one application, by URI."""
    rows = await db.fetch(
        """
        select uri, status, method, reason, verified_at, last_checked_at, perspectives
        from redirect_uri_checks where application_id = $1
        """,
        application_id,
    )
    return {row["uri"]: _read(row) for row in rows}


async def lock(tx: Tx, application_id: int, uri: str) -> Check | None:
    """The check under its row's lock; None for a URI that was never checked."""
    row = await tx.fetchrow(
        """
        select uri, status, method, reason, verified_at, last_checked_at, perspectives
        from redirect_uri_checks where application_id = $1 and uri = $2 for update
        """,
        application_id,
        uri,
    )
    return None if row is None else _read(row)


async def save(tx: Tx, app: Application, check: Check) -> None:
    """Keeps the check as the last one of its URI."""
    found = check.verification
    await tx.execute(
        """
        insert into redirect_uri_checks (application_id, uri, client_id, application_version, status, method, reason,
            verified_at, last_checked_at, perspectives)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (application_id, uri) do update set application_version = excluded.application_version,
            status = excluded.status, method = excluded.method, reason = excluded.reason,
            verified_at = excluded.verified_at, last_checked_at = excluded.last_checked_at,
            perspectives = excluded.perspectives
        """,
        app.id,
        check.uri,
        app.client_id,
        app.version,
        found.status,
        found.method,
        found.reason,
        found.verified_at,
        found.last_checked_at,
        check.perspectives,
    )


async def forget(tx: Tx, app: Application, kept: Sequence[str]) -> None:
    """Deletes the checks of URIs that the application has no more; one made for a later version stays."""
    await tx.execute(
        """
        delete from redirect_uri_checks
        where application_id = $1 and application_version < $2 and uri <> all($3::text[])
        """,
        app.id,
        app.version,
        list(kept),
    )


async def take(tx: Tx, key: str, step: timedelta, burst: timedelta, now: datetime) -> bool:
    """One attempt of the rate that GCRA calls (`step`, `burst`), in one statement; False where there is none to take.

    `free_at` is the theoretical arrival time (ITU-T I.371, annex A).
    """
    taken = await tx.fetchval(
        """
        insert into attempt_limits as held (key, free_at) values ($1, $2::timestamptz + $3::interval)
        on conflict (key) do update set free_at = greatest(held.free_at, $2::timestamptz) + $3::interval
        where held.free_at <= $2::timestamptz + $4::interval returning key
        """,
        key,
        now,
        step,
        burst,
    )
    return taken is not None


async def free_at(db: Database | Tx, keys: Sequence[str]) -> dict[str, datetime]:
    """When each of these is as if never used; those that are so already may be missing."""
    rows = await db.fetch("select key, free_at from attempt_limits where key = any($1::text[])", list(keys))
    return {row["key"]: row["free_at"] for row in rows}


async def purge(db: Database, now: datetime, most: int) -> int:
    """Deletes up to `most` limits that limit nothing any more; returns how many.

    The outer condition is tested again for a row that was taken while we came, so none in use is lost.
    """
    status = await db.execute(
        """
        delete from attempt_limits where free_at <= $1
            and key in (select key from attempt_limits where free_at <= $1 order by free_at limit $2)
        """,
        now,
        most,
    )
    return int(status.rpartition(" ")[2])


def _read(row: Row) -> Check:
    return Check(
        uri=row["uri"],
        verification=Verification(
            status=row["status"],
            method=row["method"],
            reason=row["reason"],
            verified_at=row["verified_at"],
            last_checked_at=row["last_checked_at"],
        ),
        perspectives=msgspec.convert(row["perspectives"], tuple[Perspective, ...]),
    )
