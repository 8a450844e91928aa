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


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of a redirect URI, and when its proof is looked at again; None where there is none to lapse."""

    verification: Verification
    failing_since: datetime | None = None
    stale_since: datetime | None = None
    next_check_at: datetime | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The last check of one redirect URI; `host` in A-labels."""

    uri: str
    host: str
    standing: Standing
    perspectives: tuple[Perspective, ...]

    @property
    def verification(self) -> Verification:
        return self.standing.verification


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose redirect URI it is, as far as a check must know."""

    id: int
    client_id: str
    version: int


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A check whose re-check is in our hand."""

    owner: Owner
    check: Check


_COLUMNS = """uri, host, status, method, reason, verified_at, last_checked_at, perspectives, failing_since, stale_since,
    next_check_at"""


async def checks(db: Database, application_id: int) -> dict[str, Check]:
    """The checks of one application, by URI."""
    rows = await db.fetch(
        f"select {_COLUMNS} from redirect_uri_checks where application_id = $1",
        application_id,
    )
    return {row["uri"]: _read(row) for row in rows}


async def lock(tx: Tx, application_id: int, uri: str) -> Check | None:
    """The check under its row's lock; None for a URI that was never checked."""
    row = await tx.fetchrow(
        f"select {_COLUMNS} from redirect_uri_checks where application_id = $1 and uri = $2 for update",
        application_id,
        uri,
    )
    return None if row is None else _read(row)


async def save(tx: Tx, owner: Owner, check: Check) -> None:
    """Keeps the check as the last one of its URI, held by nobody."""
    found, stands = check.verification, check.standing
    await tx.execute(
        """
        insert into redirect_uri_checks (application_id, uri, client_id, application_version, status, method, reason,
            verified_at, last_checked_at, perspectives, host, failing_since, stale_since, next_check_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (application_id, uri) do update set application_version = excluded.application_version,
            status = excluded.status, method = excluded.method, reason = excluded.reason,
            verified_at = excluded.verified_at, last_checked_at = excluded.last_checked_at,
            perspectives = excluded.perspectives, host = excluded.host, failing_since = excluded.failing_since,
            stale_since = excluded.stale_since, next_check_at = excluded.next_check_at, leased_until = null
        """,
        owner.id,
        check.uri,
        owner.client_id,
        owner.version,
        found.status,
        found.method,
        found.reason,
        found.verified_at,
        found.last_checked_at,
        check.perspectives,
        check.host,
        stands.failing_since,
        stands.stale_since,
        stands.next_check_at,
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


async def distrust(tx: Tx) -> None:
    """Whatever version comes next is newer."""
    await tx.execute("update redirect_uri_checks set application_version = 0")


async def bury(tx: Tx, application_id: int) -> None:
    """The application is gone, and its checks with it."""
    await tx.execute("delete from redirect_uri_checks where application_id = $1", application_id)


async def hold(tx: Tx, now: datetime, lease: timedelta, most: int) -> list[Due]:
    """Takes up to `most` due checks of different hosts, none of them a host that is being looked at already.

    Callers take turns: two at once would not see each other's hosts.
    """
    await tx.execute("select pg_advisory_xact_lock(hashtext('redirect_uri_checks.hold'))")
    rows = await tx.fetch(
        f"""
        with due as (
            select distinct on (host) application_id, uri from redirect_uri_checks c
            where next_check_at <= $1 and (leased_until is null or leased_until <= $1) and not exists (
                select 1 from redirect_uri_checks held where held.host = c.host and held.leased_until > $1)
            order by host, next_check_at limit $3)
        update redirect_uri_checks set leased_until = $2
        where (application_id, uri) in (select application_id, uri from due)
        returning application_id, client_id, application_version, {_COLUMNS}
        """,
        now,
        now + lease,
        most,
    )
    return [
        Due(
            owner=Owner(id=row["application_id"], client_id=row["client_id"], version=row["application_version"]),
            check=_read(row),
        )
        for row in rows
    ]


async def postpone(db: Database, application_id: int, uri: str, until: datetime) -> None:
    """Lets go of a check that came to nothing."""
    await db.execute(
        """
        update redirect_uri_checks set next_check_at = $3, leased_until = null where application_id = $1 and uri = $2
        """,
        application_id,
        uri,
        until,
    )


def _read(row: Row) -> Check:
    verification = Verification(
        status=row["status"],
        method=row["method"],
        reason=row["reason"],
        verified_at=row["verified_at"],
        last_checked_at=row["last_checked_at"],
    )
    return Check(
        uri=row["uri"],
        host=row["host"] or "",
        standing=Standing(
            verification=verification,
            failing_since=row["failing_since"],
            stale_since=row["stale_since"],
            next_check_at=row["next_check_at"],
        ),
        perspectives=msgspec.convert(row["perspectives"], tuple[Perspective, ...]),
    )
