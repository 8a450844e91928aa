"""Health of relying parties in Postgres."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chassis.postgres import Database, Row, Tx

State = Literal["disabled", "pending", "green", "yellow", "red", "not_checkable"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How one relying party is, and what of its record a probe must know."""

    application_id: int
    client_id: str
    application_version: int
    uris: tuple[str, ...]
    chosen_host: str | None = None
    enabled: bool
    state: State
    reason: str | None = None
    since: datetime
    last_checked_at: datetime | None = None
    last_ok_at: datetime | None = None
    latency_ms: int | None = None
    drift_s: int | None = None
    red_checks: int = 0
    alarmed: bool = False
    """Its owners know that it is down, and not yet that it is not."""
    told_at: datetime | None = None
    host: str | None = None
    """The name that probes call."""
    next_probe_at: datetime | None = None
    deleted: bool = False


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One completed check."""

    at: datetime
    state: State
    reason: str
    latency_ms: int | None
    drift_s: int | None


_COLUMNS = """application_id, client_id, application_version, uris, chosen_host, enabled, state, reason, since,
    last_checked_at, last_ok_at, latency_ms, drift_s, red_checks, alarmed, told_at, host, next_probe_at, deleted"""


async def find(db: Database | Tx, application_id: int) -> Health | None:
    row = await db.fetchrow(f"select {_COLUMNS} from rp_health where application_id = $1", application_id)
    return None if row is None else _read(row)


async def lock(tx: Tx, application_id: int) -> Health | None:
    row = await tx.fetchrow(f"select {_COLUMNS} from rp_health where application_id = $1 for update", application_id)
    return None if row is None else _read(row)


async def insert(tx: Tx, health: Health) -> bool:
    """False where somebody else was first."""
    taken = await tx.fetchval(
        f"""
        insert into rp_health ({_COLUMNS})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        on conflict (application_id) do nothing returning application_id
        """,
        *_values(health),
    )
    return taken is not None


async def save(tx: Tx, health: Health) -> None:
    """Writes it whole; the caller has its lock. Whoever is calling it goes on holding it."""
    await tx.execute(
        """
        update rp_health set client_id = $2, application_version = $3, uris = $4, chosen_host = $5, enabled = $6,
            state = $7, reason = $8, since = $9, last_checked_at = $10, last_ok_at = $11, latency_ms = $12,
            drift_s = $13, red_checks = $14, alarmed = $15, told_at = $16, host = $17, next_probe_at = $18,
            deleted = $19
        where application_id = $1
        """,
        *_values(health),
    )


async def versions(tx: Tx, application_ids: Sequence[int]) -> dict[str, int]:
    """Those held of these applications, by client_id."""
    rows = await tx.fetch(
        "select client_id, application_version from rp_health where application_id = any($1::bigint[])",
        list(application_ids),
    )
    return {row["client_id"]: row["application_version"] for row in rows}


async def living(tx: Tx) -> list[int]:
    """The applications held, tombstones left out."""
    return [row["application_id"] for row in await tx.fetch("select application_id from rp_health where not deleted")]


async def distrust(tx: Tx) -> None:
    """Whatever version comes next is newer."""
    await tx.execute("update rp_health set application_version = 0")


async def record(tx: Tx, application_id: int, result: Result) -> None:
    await tx.execute(
        """
        insert into rp_health_results (application_id, at, state, reason, latency_ms, drift_s)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing
        """,
        application_id,
        result.at,
        result.state,
        result.reason,
        result.latency_ms,
        result.drift_s,
    )


async def results(db: Database, application_id: int, since: datetime) -> list[Result]:
    """Oldest first."""
    rows = await db.fetch(
        """
        select at, state, reason, latency_ms, drift_s from rp_health_results
        where application_id = $1 and at >= $2 order by at
        """,
        application_id,
        since,
    )
    return [msgspec.convert(dict(row), Result) for row in rows]


async def hold(tx: Tx, now: datetime, lease: timedelta, most: int, suspects: int) -> list[Health]:
    """Takes up to `most` that are due, of different hosts none of which is being called already.

    At most `suspects` of them did not answer when they were last called. Callers take turns.
    """
    await tx.execute("select pg_advisory_xact_lock(hashtext('rp_health.hold'))")
    rows = await tx.fetch(
        f"""
        with due as (
            select distinct on (host) application_id, next_probe_at, state = 'red' as suspect from rp_health h
            where next_probe_at <= $1 and (leased_until is null or leased_until <= $1) and not exists (
                select 1 from rp_health held where held.host = h.host and held.leased_until > $1)
            order by host, next_probe_at),
        ranked as (
            select application_id, suspect, next_probe_at,
                row_number() over (partition by suspect order by next_probe_at) as place from due),
        chosen as (
            select application_id from ranked where not suspect or place <= $4 order by next_probe_at limit $3)
        update rp_health set leased_until = $2 where application_id in (select application_id from chosen)
        returning {_COLUMNS}
        """,
        now,
        now + lease,
        most,
        suspects,
    )
    return [_read(row) for row in rows]


async def hold_one(tx: Tx, application_id: int, now: datetime, lease: timedelta) -> bool:
    """Whether it was to be had: nobody is calling it or its host."""
    await tx.execute("select pg_advisory_xact_lock(hashtext('rp_health.hold'))")
    held = await tx.fetchval(
        """
        update rp_health h set leased_until = $3
        where application_id = $1 and not exists (
            select 1 from rp_health held where held.host = h.host and held.leased_until > $2)
        returning application_id
        """,
        application_id,
        now,
        now + lease,
    )
    return held is not None


async def release(tx: Tx, application_id: int) -> None:
    """Lets go of it."""
    await tx.execute("update rp_health set leased_until = null where application_id = $1", application_id)


async def purge(db: Database, before: datetime, most: int) -> int:
    """Deletes up to `most` results from before then; returns how many."""
    status = await db.execute(
        """
        delete from rp_health_results where (application_id, at) in (
            select application_id, at from rp_health_results where at < $1 order by at limit $2)
        """,
        before,
        most,
    )
    return int(status.rpartition(" ")[2])


def _values(health: Health) -> tuple[object, ...]:
    given = msgspec.structs.asdict(health)
    return tuple(given[name.strip()] for name in _COLUMNS.split(","))


def _read(row: Row) -> Health:
    return msgspec.convert(dict(row), Health)
