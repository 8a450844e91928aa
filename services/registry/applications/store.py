"""Applications in Postgres: always read whole, changed under the row's lock, saved whole at the next version."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.applications import Application, RedirectUri, Status
from services.registry.risk.flags import Evaluation

SELECT = """
select a.id, a.client_id, a.version, a.organization_id, o.slug as organization, a.registered_by, a.name, a.client_type,
       a.token_endpoint_auth_method, a.grant_types, a.allowed_scopes, a.status, a.environment, a.tier, a.created_via,
       a.creation_risk_flags, a.app_link_url, a.webhook_url, a.logo_url, a.allowed_login_methods, a.scope_drift_policy,
       a.require_pkce, a.first_party, a.secret_sha256, a.created_at, a.updated_at, a.deleted_at,
       a.post_logout_redirect_uris, a.backchannel_logout_uri, a.widget_origins, a.webhook_event_types,
       a.webhook_legacy_signature, a.webhook_asymmetric, a.webhook_ordered, a.require_pushed_authorization_requests,
       a.allow_token_exchange, a.allow_anonymous_grants, a.health_check_enabled, a.suspended_from,
       a.jwks, a.jwks_uri, a.generation,
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
    suspended_from: Status | None = None
    """The status before a suspension."""


SAVED = (
    "version",
    "name",
    "token_endpoint_auth_method",
    "grant_types",
    "allowed_scopes",
    "status",
    "environment",
    "tier",
    "app_link_url",
    "webhook_url",
    "logo_url",
    "allowed_login_methods",
    "scope_drift_policy",
    "require_pkce",
    "secret_sha256",
    "updated_at",
    "deleted_at",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "widget_origins",
    "webhook_event_types",
    "webhook_legacy_signature",
    "webhook_asymmetric",
    "webhook_ordered",
    "require_pushed_authorization_requests",
    "allow_token_exchange",
    "allow_anonymous_grants",
    "health_check_enabled",
    "jwks",
    "jwks_uri",
    "generation",
)
"""The columns that can change, under the names that they have in the record."""

_UPDATE = (
    "update applications set suspended_from = $2, "
    + ", ".join(f"{name} = ${place}" for place, name in enumerate(SAVED, 3))
    + " where id = $1"
)


_FIXED = ("client_id", "client_type", "created_via", "first_party", "created_at")
"""What a record is born with."""

_VALUES = 3 + len(_FIXED) + len(SAVED)

_URIS = """
    entry ->> 'uri', place, entry ->> 'uri_class', entry ->> 'state', entry -> 'verification',
    (entry ->> 'last_used_at')::timestamptz
"""

_INSERT = f"""
with app as (
    insert into applications (organization_id, registered_by, creation_risk_flags, {", ".join((*_FIXED, *SAVED))})
    values ({", ".join(f"${place}" for place in range(1, _VALUES + 1))}) returning id
), uris as (
    insert into redirect_uris (application_id, uri, position, uri_class, state, verification, last_used_at)
    select app.id, {_URIS}
    from app, jsonb_array_elements(${_VALUES + 1}::jsonb) with ordinality as entries (entry, place)
)
select id from app
"""


async def insert(tx: Tx, stored: Stored) -> Stored:
    """Keeps a new application; the database gives its id. Raises asyncpg.UniqueViolationError for a taken name."""
    app = stored.application
    values = [getattr(app, name) for name in (*_FIXED, *SAVED)]
    number = await tx.fetchval(
        _INSERT, stored.organization_id, stored.registered_by, stored.risk, *values, app.redirect_uris
    )
    return msgspec.structs.replace(stored, application=msgspec.structs.replace(app, id=number))


async def save(tx: Tx, stored: Stored) -> None:
    """Writes a changed record; the caller holds its lock and has raised its version."""
    app = stored.application
    await tx.execute(_UPDATE, app.id, stored.suspended_from, *(getattr(app, name) for name in SAVED))
    await _save_uris(tx, app.id, app.redirect_uris)


async def _save_uris(tx: Tx, application_id: int, uris: tuple[RedirectUri, ...]) -> None:
    await tx.execute(
        f"""
        with gone as (delete from redirect_uris where application_id = $1 and uri <> all($2::text[]))
        insert into redirect_uris (application_id, uri, position, uri_class, state, verification, last_used_at)
        select $1, {_URIS}
        from jsonb_array_elements($3::jsonb) with ordinality as entries (entry, place)
        on conflict (application_id, uri) do update set position = excluded.position, state = excluded.state,
            verification = excluded.verification,
            last_used_at = greatest(redirect_uris.last_used_at, excluded.last_used_at)
        """,
        application_id,
        [entry.uri for entry in uris],
        uris,
    )


async def used(tx: Tx, client_id: str, uri: str, at: datetime) -> None:
    await tx.execute(
        """
        with used as (
            update redirect_uris u set last_used_at = $3 from applications a
            where a.id = u.application_id and a.client_id = $1 and u.uri = $2
                and (u.last_used_at is null or u.last_used_at < $3)
            returning u.application_id
        )
        update applications set uses = uses + 1 where id in (select application_id from used)
        """,
        client_id,
        uri,
        at,
    )


async def lock(tx: Tx, application_id: int) -> Stored | None:
    """The record under its row's lock, deleted ones included."""
    if await tx.fetchval("select id from applications where id = $1 for update", application_id) is None:
        return None
    return _stored(await tx.fetchrow(SELECT + "where a.id = $1", application_id))


async def of_person(db: "Database | Tx", application_id: int, user_id: int) -> tuple[Stored, str] | None:
    """An application, a trashed one included, and the person's role in its organisation; None for anybody outside."""
    row = await db.fetchrow(
        f"""
        select r.*, m.role from ({SELECT} where a.id = $1) r
        join memberships m on m.organization_id = r.organization_id and m.user_id = $2
        """,
        application_id,
        user_id,
    )
    return None if row is None else (read(row), row["role"])


async def by_client_id(db: "Database | Tx", client_id: str) -> Stored | None:
    """Deleted ones included: whoever copies the record must learn of its end."""
    return _stored(await db.fetchrow(SELECT + "where a.client_id = $1", client_id))


async def by_id(db: "Database | Tx", application_id: int) -> Stored | None:
    """Whoever's it is; a deleted one is not there."""
    return _stored(await db.fetchrow(SELECT + "where a.id = $1 and a.deleted_at is null", application_id))


async def whatever(db: "Database | Tx", application_id: int) -> Stored | None:
    """Whoever's it is, a deleted one included."""
    return _stored(await db.fetchrow(SELECT + "where a.id = $1", application_id))


async def by_name(tx: Tx, organization_id: int, name: str) -> Stored | None:
    return _stored(
        await tx.fetchrow(
            SELECT + "where a.organization_id = $1 and lower(a.name) = lower($2) and a.deleted_at is null",
            organization_id,
            name,
        )
    )


async def named(db: Database, name: str) -> list[Stored]:
    """Whatever is not deleted and has this name, in any organisation; the oldest first."""
    rows = await db.fetch(SELECT + "where lower(a.name) = lower($1) and a.deleted_at is null order by a.id", name)
    return [read(row) for row in rows]


async def after(tx: Tx, application_id: int, limit: int) -> list[Stored]:
    """A page of everything, for a copy that is rebuilt."""
    return [
        read(row) for row in await tx.fetch(SELECT + "where a.id > $1 order by a.id limit $2", application_id, limit)
    ]


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer has tried lately, oldest first, and whether the name is taken in the organisation."""

    namesake: int | None
    registered: list[datetime]
    """Trashed and purged ones included."""
    refused: list[datetime]


async def attempts(
    tx: Tx, organization_id: int, name: str, user_id: int, registered_since: datetime, refused_since: datetime
) -> Attempts:
    """All that decides whether one more may be registered, in one statement."""
    row = await tx.fetchrow(
        """
        select (
            select id from applications where organization_id = $1 and lower(name) = lower($2) and deleted_at is null
        ) as namesake, array(
            select created_at from applications where registered_by = $3 and created_at > $4
            union all select created_at from purged_applications where registered_by = $3 and created_at > $4
            order by created_at
        ) as registered, array(
            select refused_at from refused_registrations where user_id = $3 and refused_at > $5 order by refused_at
        ) as refused
        """,
        organization_id,
        name,
        user_id,
        registered_since,
        refused_since,
    )
    return msgspec.convert(dict(row or {}), Attempts)


async def refused(db: "Database | Tx", user_id: int, at: datetime) -> None:
    await db.execute("insert into refused_registrations (user_id, refused_at) values ($1, $2)", user_id, at)


async def forget_refused(db: Database, before: datetime) -> None:
    await db.execute("delete from refused_registrations where refused_at < $1", before)


async def purge(tx: Tx, stored: Stored, at: datetime) -> None:
    """Removes the record and remembers that it was; the caller holds its lock."""
    app = stored.application
    await tx.execute(
        """
        insert into purged_applications (application_id, client_id, registered_by, created_at, purged_at)
        values ($1, $2, $3, $4, $5)
        """,
        app.id,
        app.client_id,
        stored.registered_by,
        app.created_at,
        at,
    )
    await tx.execute("delete from applications where id = $1", app.id)


async def expired(db: Database, deleted_before: datetime, limit: int) -> list[int]:
    """Trashed applications that can no longer be restored."""
    rows = await db.fetch(
        "select id from applications where deleted_at < $1 order by deleted_at limit $2", deleted_before, limit
    )
    return [row["id"] for row in rows]


def _stored(row: Row | None) -> Stored | None:
    return None if row is None else read(row)


def read(row: Row) -> Stored:
    record = dict(row)
    risk = msgspec.convert(record["creation_risk_flags"], Evaluation)
    return Stored(
        application=msgspec.convert({**record, "hard_flagged": risk.hard}, Application),
        organization_id=record["organization_id"],
        registered_by=record["registered_by"],
        risk=risk,
        suspended_from=record["suspended_from"],
    )
