"""Connectors, linked identities and journeys under way, in Postgres."""

from datetime import datetime
from typing import Any

import msgspec

from chassis.postgres import Database, Tx
from services.auth.upstream import plans
from services.auth.upstream.plans import Plan

_CONNECTOR = "key, preset, name, client_id, sealed, settings, enabled"


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that people may sign in with."""

    key: str
    preset: str
    name: str
    client_id: str
    sealed: bytes
    settings: dict[str, Any]
    enabled: bool = True

    @property
    def plan(self) -> Plan:
        return plans.plan(self.preset, self.settings)


class Provider(msgspec.Struct, frozen=True):
    """A connector as the sign-in page shows it."""

    key: str
    name: str


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """An identity as its owner sees it."""

    provider: str
    name: str
    email: str | None
    linked_at: datetime
    last_used_at: datetime


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody goes after the provider, and whose account they extend."""

    return_to: str
    user_id: int | None
    created_at: datetime


async def set_connector(db: Database, connector: Connector, now: datetime) -> None:
    await db.execute(
        """insert into connectors (key, preset, name, client_id, sealed, settings, enabled, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        on conflict (key) do update set preset = excluded.preset, name = excluded.name,
            client_id = excluded.client_id, sealed = excluded.sealed, settings = excluded.settings,
            enabled = excluded.enabled, updated_at = excluded.updated_at""",
        connector.key,
        connector.preset,
        connector.name,
        connector.client_id,
        connector.sealed,
        connector.settings,
        connector.enabled,
        now,
    )


async def remove_connector(db: Database, key: str) -> bool:
    return await db.fetchval("delete from connectors where key = $1 returning true", key) is not None


async def connectors(db: Database) -> list[Connector]:
    """All of them, those that are switched off included; there are few."""
    rows = await db.fetch(f"select {_CONNECTOR} from connectors order by created_at, key limit 100")
    return [msgspec.convert(dict(row), Connector) for row in rows]


async def connector(db: Database, key: str) -> Connector | None:
    """One that is in use."""
    row = await db.fetchrow(f"select {_CONNECTOR} from connectors where key = $1 and enabled", key)
    return None if row is None else msgspec.convert(dict(row), Connector)


async def offered(db: Database) -> list[Provider]:
    """Those in use, in the order in which they were set up."""
    rows = await db.fetch("select key, name from connectors where enabled order by created_at, key limit 100")
    return [msgspec.convert(dict(row), Provider) for row in rows]


async def set_out(
    db: Database, sha256: bytes, key: str, browser: bytes, journey: Journey, expires_at: datetime
) -> None:
    await db.execute(
        """insert into upstream_states (sha256, connector, browser, return_to, user_id, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)""",
        sha256,
        key,
        browser,
        journey.return_to,
        journey.user_id,
        journey.created_at,
        expires_at,
    )


async def arrive(db: Database, sha256: bytes, key: str, browser: bytes, now: datetime) -> Journey | None:
    """Ends a journey of this browser to this provider; of two who try at once, one gets it."""
    row = await db.fetchrow(
        """delete from upstream_states where sha256 = $1 and connector = $2 and browser = $3 and expires_at > $4
        returning return_to, user_id, created_at""",
        sha256,
        key,
        browser,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Journey)


async def owner(tx: Tx, key: str, subject: str) -> int | None:
    """Whose identity this is; an account that was absorbed leads to the one that it became."""
    found: int | None = await tx.fetchval(
        """select coalesce(u.merged_into, u.id) from upstream_identities i join users u on u.id = i.user_id
        where i.connector = $1 and i.subject = $2""",
        key,
        subject,
    )
    return found


async def has_other(tx: Tx, user_id: int, key: str, subject: str) -> bool:
    """Whether the account is linked to somebody else at this provider."""
    found = await tx.fetchval(
        "select true from upstream_identities where user_id = $1 and connector = $2 and subject <> $3",
        user_id,
        key,
        subject,
    )
    return found is not None


async def link(tx: Tx, user_id: int, key: str, subject: str, email: str | None, now: datetime) -> bool:
    """Links an identity that is nobody else's, or notes its use; False where it was not known before."""
    known = await tx.fetchval(
        """update upstream_identities set email = $3, last_used_at = $4
        where connector = $1 and subject = $2 returning true""",
        key,
        subject,
        email,
        now,
    )
    if known is not None:
        return True
    await tx.execute(
        """insert into upstream_identities (user_id, connector, subject, email, linked_at, last_used_at)
        values ($1, $2, $3, $4, $5, $5)""",
        user_id,
        key,
        subject,
        email,
        now,
    )
    return False


_OF_PERSON = "(i.user_id = $1 or i.user_id in (select id from users where merged_into = $1))"
"""What an absorbed account could not leave to its survivor, who had another one there, opens the survivor as well
(`owner`): whoever owns that one sees it, and takes it away.
"""


async def unlink(tx: Tx, user_id: int, key: str) -> bool:
    """Whether there was any."""
    gone = await tx.fetch(
        f"delete from upstream_identities i where {_OF_PERSON} and connector = $2 returning true", user_id, key
    )
    return bool(gone)


async def linked(on: Tx | Database, user_id: int) -> list[Linked]:
    """In the order in which they were linked; a provider that is no longer set up goes by its key."""
    rows = await on.fetch(
        f"""select i.connector as provider, coalesce(c.name, i.connector) as name, i.email, i.linked_at, i.last_used_at
        from upstream_identities i left join connectors c on c.key = i.connector
        where {_OF_PERSON} order by i.id limit 100""",
        user_id,
    )
    return [msgspec.convert(dict(row), Linked) for row in rows]
