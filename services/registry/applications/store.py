"""Applications in Postgres: always read whole, changed under the row's lock, saved whole at the next version."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.applications import Application, RedirectUri
from services.registry.risk.flags import Evaluation

_SELECT = """
select a.id, a.client_id, a.version, a.organization_id, o.slug as organization, a.registered_by, a.name, a.client_type,
       a.token_endpoint_auth_method, a.grant_types, a.allowed_scopes, a.status, a.environment, a.tier, a.created_via,
       a.creation_risk_flags, a.app_link_url, a.webhook_url, a.logo_url, a.allowed_login_methods, a.scope_drift_policy,
       a.require_pkce, a.first_party, a.secret_sha256, a.created_at, a.updated_at, a.deleted_at,
       (select coalesce(jsonb_agg(jsonb_build_object(
            'uri', u.uri, 'uri_class', u.uri_class, 'state', u.state, 'verification', u.verification,
            'last_used_at', u.last_used_at) order by u.position), '[]'::jsonb)
        from redirect_uris u where u.application_id = a.id) as redirect_uris
from applications a left join developer_organizations o on o.id = a.organization_id
"""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """The announced record and what only registry knows of it."""

    application: Application
    organization_id: int | None
    registered_by: int | None
    risk: Evaluation


async def insert(tx: Tx, stored: Stored) -> Stored:
    """Keeps a new application; the database gives its id. Raises asyncpg.UniqueViolationError for a taken name."""
    app = stored.application
    number = await tx.fetchval(
        """
        insert into applications (client_id, organization_id, registered_by, name, client_type,
            token_endpoint_auth_method, grant_types, allowed_scopes, status, environment, tier, created_via,
            creation_risk_flags, app_link_url, webhook_url, allowed_login_methods, require_pkce, first_party,
            secret_sha256, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20)
        returning id
        """,
        app.client_id,
        stored.organization_id,
        stored.registered_by,
        app.name,
        app.client_type,
        app.token_endpoint_auth_method,
        app.grant_types,
        app.allowed_scopes,
        app.status,
        app.environment,
        app.tier,
        app.created_via,
        stored.risk,
        app.app_link_url,
        app.webhook_url,
        app.allowed_login_methods,
        app.require_pkce,
        app.first_party,
        app.secret_sha256,
        app.created_at,
    )
    await _save_uris(tx, number, app.redirect_uris)
    return msgspec.structs.replace(stored, application=msgspec.structs.replace(app, id=number))


async def save(tx: Tx, app: Application) -> None:
    """Writes a changed record; the caller holds its lock and has raised its version."""
    await tx.execute(
        """
        update applications set version = $2, name = $3, allowed_scopes = $4, status = $5, environment = $6, tier = $7,
            app_link_url = $8, webhook_url = $9, allowed_login_methods = $10, scope_drift_policy = $11,
            require_pkce = $12, secret_sha256 = $13, updated_at = $14, deleted_at = $15
        where id = $1
        """,
        app.id,
        app.version,
        app.name,
        app.allowed_scopes,
        app.status,
        app.environment,
        app.tier,
        app.app_link_url,
        app.webhook_url,
        app.allowed_login_methods,
        app.scope_drift_policy,
        app.require_pkce,
        app.secret_sha256,
        app.updated_at,
        app.deleted_at,
    )
    await _save_uris(tx, app.id, app.redirect_uris)


async def _save_uris(tx: Tx, application_id: int, uris: tuple[RedirectUri, ...]) -> None:
    await tx.execute(
        "delete from redirect_uris where application_id = $1 and uri <> all($2::text[])",
        application_id,
        [entry.uri for entry in uris],
    )
    await tx.executemany(
        """
        insert into redirect_uris (application_id, uri, position, uri_class, state, verification, last_used_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (application_id, uri) do update set position = excluded.position, state = excluded.state,
            verification = excluded.verification
        """,
        [
            (application_id, entry.uri, place, entry.uri_class, entry.state, entry.verification, entry.last_used_at)
            for place, entry in enumerate(uris)
        ],
    )


async def lock(tx: Tx, application_id: int) -> Stored | None:
    """The record under its row's lock, deleted ones included."""
    if await tx.fetchval("select id from applications where id = $1 for update", application_id) is None:
        return None
    return _stored(await tx.fetchrow(_SELECT + "where a.id = $1", application_id))


async def of_person(db: "Database | Tx", application_id: int, user_id: int) -> tuple[Stored, str] | None:
    """An application and the person's role in its organisation; None for anybody outside."""
    row = await db.fetchrow(
        f"""
        select r.*, m.role from ({_SELECT} where a.id = $1 and a.deleted_at is null) r
        join memberships m on m.organization_id = r.organization_id and m.user_id = $2
        """,
        application_id,
        user_id,
    )
    return None if row is None else (_read(row), row["role"])


async def by_client_id(db: "Database | Tx", client_id: str) -> Stored | None:
    """Deleted ones included: whoever copies the record must learn of its end."""
    return _stored(await db.fetchrow(_SELECT + "where a.client_id = $1", client_id))


async def by_id(db: "Database | Tx", application_id: int) -> Stored | None:
    """Whoever's it is; a deleted one is not there."""
    return _stored(await db.fetchrow(_SELECT + "where a.id = $1 and a.deleted_at is null", application_id))


async def by_name(tx: Tx, organization_id: int, name: str) -> Stored | None:
    return _stored(
        await tx.fetchrow(
            _SELECT + "where a.organization_id = $1 and lower(a.name) = lower($2) and a.deleted_at is null",
            organization_id,
            name,
        )
    )


async def of_member(db: Database, user_id: int, before: int | None, limit: int) -> list[Stored]:
    """The applications of all organisations of one person, newest first, by keyset on the id."""
    rows = await db.fetch(
        _SELECT
        + """
        where a.organization_id in (select organization_id from memberships where user_id = $1)
          and a.deleted_at is null and ($2::bigint is null or a.id < $2)
        order by a.id desc limit $3
        """,
        user_id,
        before,
        limit,
    )
    return [_read(row) for row in rows]


async def after(tx: Tx, application_id: int, limit: int) -> list[Stored]:
    """A page of everything, for a copy that is rebuilt."""
    return [
        _read(row) for row in await tx.fetch(_SELECT + "where a.id > $1 order by a.id limit $2", application_id, limit)
    ]


async def registered_since(tx: Tx, user_id: int, since: datetime) -> list[datetime]:
    """When the developer registered apps since then, trashed ones included, oldest first."""
    rows = await tx.fetch(
        "select created_at from applications where registered_by = $1 and created_at > $2 order by created_at",
        user_id,
        since,
    )
    return [row["created_at"] for row in rows]


def _stored(row: Row | None) -> Stored | None:
    return None if row is None else _read(row)


def _read(row: Row) -> Stored:
    record = dict(row)
    risk = msgspec.convert(record["creation_risk_flags"], Evaluation)
    return Stored(
        application=msgspec.convert({**record, "hard_flagged": risk.hard}, Application),
        organization_id=record["organization_id"],
        registered_by=record["registered_by"],
        risk=risk,
    )
