"""API keys in Postgres, as SHA-256: personal ones, and those that are bound to a device."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    user_id: int
    name: str
    sha256: bytes
    last4: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    device_id: int | None = None
    """The device that it is bound to."""
    client_id: str | None = None
    """The application whose access token was exchanged for it."""
    organization: str | None = None


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its owner sees it; nobody sees more."""

    id: int
    name: str
    prefix: str
    """`logi_pak_` where the key is bound to a device."""
    last4: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    organization: str | None = None
    """Slug of the organisation that counts where a request names none; the personal one where it is null."""


_SHOWN = """id, name, case when device_id is null then 'lpa_pat_' else 'logi_pak_' end as prefix, last4, scopes,
    created_at, last_used_at, expires_at, organization"""


async def insert(tx: Tx, new: NewKey, now: datetime) -> ApiKey:
    row = await tx.fetchrow(
        f"""insert into api_keys (user_id, name, sha256, last4, scopes, created_at, expires_at, device_id, client_id,
            organization)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {_SHOWN}""",
        *_values(new, now),
    )
    if row is None:
        raise RuntimeError("an insert without conflict returned nothing")
    return _key(row)


async def insert_if_new(tx: Tx, new: NewKey, now: datetime) -> None:
    """For the operator's key, whose plain text is known beforehand; one that was revoked stays so."""
    await tx.execute(
        """insert into api_keys (user_id, name, sha256, last4, scopes, created_at, expires_at, device_id, client_id,
            organization)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (sha256) do nothing""",
        *_values(new, now),
    )


async def living(db: Database, user_id: int, now: datetime) -> list[ApiKey]:
    """The newest first; there are never more than a few."""
    rows = await db.fetch(
        f"""select {_SHOWN} from api_keys
        where user_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2) order by id desc""",
        user_id,
        now,
    )
    return [_key(row) for row in rows]


async def count_living(tx: Tx, user_id: int, now: datetime) -> int:
    """Personal ones; a device's key goes with its device."""
    return int(
        await tx.fetchval(
            """select count(*) from api_keys
            where user_id = $1 and device_id is null and revoked_at is null
                and (expires_at is null or expires_at > $2)""",
            user_id,
            now,
        )
    )


async def revoke(tx: Tx, user_id: int, id: int, now: datetime) -> bool:  # noqa: A002 - the column's name
    """Whether the person had such a key, not revoked before."""
    return (
        await tx.fetchval(
            """update api_keys set revoked_at = $3 where id = $2 and user_id = $1 and revoked_at is null
            returning true""",
            user_id,
            id,
            now,
        )
        is not None
    )


async def device_of(tx: Tx, key_id: int) -> int | None:
    """The device that the key is bound to; None for a personal one."""
    found: int | None = await tx.fetchval("select device_id from api_keys where id = $1", key_id)
    return found


async def ends_at(tx: Tx, key_id: int) -> datetime | None:
    """None where it has no end of its own."""
    found: datetime | None = await tx.fetchval("select expires_at from api_keys where id = $1", key_id)
    return found


async def made_at(db: Database, key_id: int) -> datetime | None:
    found: datetime | None = await db.fetchval("select created_at from api_keys where id = $1", key_id)
    return found


async def revoke_of_device(tx: Tx, device_id: int, now: datetime) -> bool:
    """Whether the device had a living key."""
    ended = await tx.fetchval(
        "update api_keys set revoked_at = $2 where device_id = $1 and revoked_at is null returning true",
        device_id,
        now,
    )
    return ended is not None


async def revoke_of_apps(tx: Tx, user_id: int, now: datetime) -> None:
    """Keys that came by the tokens of applications; they go with the consent to those."""
    await tx.execute(
        "update api_keys set revoked_at = $2 where user_id = $1 and client_id is not null and revoked_at is null",
        user_id,
        now,
    )


async def revoke_all(tx: Tx, user_id: int, now: datetime) -> int:
    """How many keys of the person ended, of either kind."""
    ended = await tx.fetch(
        "update api_keys set revoked_at = $2 where user_id = $1 and revoked_at is null returning id", user_id, now
    )
    return len(ended)


async def used(db: Database, id: int, now: datetime) -> None:  # noqa: A002 - the column's name
    """When it was used last; the first use leaves a line in the trail."""
    await db.execute(
        """with before as (select id, user_id, last_used_at from api_keys where id = $1 for update), used as (
            update api_keys k set last_used_at = $2 from before b
            where k.id = b.id and (b.last_used_at is null or b.last_used_at < $2)
            returning k.user_id, b.last_used_at is null as first
        ) insert into account_audit (at, user_id, actor, action, detail)
        select $2, user_id, 'self', 'pak.used_first_time', jsonb_build_object('key', $1) from used where first""",
        id,
        now,
    )


def _values(new: NewKey, now: datetime) -> tuple[object, ...]:
    return (
        new.user_id,
        new.name,
        new.sha256,
        new.last4,
        list(new.scopes),
        now,
        new.expires_at,
        new.device_id,
        new.client_id,
        new.organization,
    )


def _key(row: Row) -> ApiKey:
    return msgspec.convert(dict(row), ApiKey)
