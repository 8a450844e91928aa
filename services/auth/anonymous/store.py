"""Devices, and the accounts that they begin, in Postgres."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from chassis.postgres import Database, Row, Tx

Platform = Literal["ios", "macos"]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device, held until the transaction ends, and how its account stands."""

    id: int
    user_id: int
    secret_sha256: bytes
    living: bool
    deleted: bool
    anonymous: bool


class MyDevice(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    platform: Platform
    name: str | None
    """As its app told it; None where it did not."""
    created_at: datetime
    last_used_at: datetime


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    user_id: int
    device_uuid: UUID
    platform: Platform
    name: str | None
    secret_sha256: bytes


async def begin_account(tx: Tx, email: str, now: datetime) -> int | None:
    """An account of nobody; None where a living one has this synthetic address already.

    It has no password at all, which is the surest of random ones.
    """
    found: int | None = await tx.fetchval(
        """insert into users (email, email_key, role, created_via, anonymous, created_at, updated_at)
        values ($1, $1, 'user', 'api', true, $2, $2)
        on conflict (email_key) where deleted_at is null do nothing returning id""",
        email,
        now,
    )
    return found


async def is_anonymous(tx: Tx, user_id: int) -> bool:
    """Whether this is a living account of nobody; holds it until the transaction ends."""
    found = await tx.fetchval(
        """select anonymous from users where id = $1 and deleted_at is null and suspended_at is null for update""",
        user_id,
    )
    return bool(found)


async def promote(tx: Tx, user_id: int, email: str, email_key: str, *, verified: bool, now: datetime) -> None:
    """The same account, from now on somebody's."""
    await tx.execute(
        """update users set anonymous = false, promoted_at = $5, email = $2, email_key = $3,
            identity_verified_level = greatest(identity_verified_level, $4::smallint),
            version = version + 1, updated_at = $5
        where id = $1 and anonymous""",
        user_id,
        email,
        email_key,
        1 if verified else 0,
        now,
    )


async def find(tx: Tx, device_uuid: UUID, platform: Platform) -> Device | None:
    row = await tx.fetchrow(
        """select d.id, d.user_id, d.secret_sha256, u.deleted_at is null and u.suspended_at is null as living,
            u.deleted_at is not null as deleted, u.anonymous
        from device_credentials d join users u on u.id = d.user_id
        where d.device_uuid = $1 and d.platform = $2 for update of d""",
        device_uuid,
        platform,
    )
    return None if row is None else _device(row)


async def of_person(tx: Tx, user_id: int) -> list[int]:
    """Ids of the devices of an account, the one used last first."""
    rows = await tx.fetch(
        "select id from device_credentials where user_id = $1 order by last_used_at desc, id desc for update", user_id
    )
    return [row["id"] for row in rows]


async def listed(db: Database, user_id: int) -> list[MyDevice]:
    """The one used last first."""
    rows = await db.fetch(
        """select id, platform, name, created_at, last_used_at from device_credentials
        where user_id = $1 order by last_used_at desc, id desc limit 200""",
        user_id,
    )
    return [msgspec.convert(dict(row), MyDevice) for row in rows]


async def insert(tx: Tx, new: NewDevice, now: datetime) -> int | None:
    """The new device's id; None where somebody was faster."""
    found: int | None = await tx.fetchval(
        """insert into device_credentials (user_id, device_uuid, platform, name, secret_sha256, created_at,
            last_used_at) values ($1, $2, $3, $4, $5, $6, $6)
        on conflict (device_uuid, platform) do nothing returning id""",
        new.user_id,
        new.device_uuid,
        new.platform,
        new.name,
        new.secret_sha256,
        now,
    )
    return found


async def used(tx: Tx, device_id: int, now: datetime) -> None:
    await tx.execute("update device_credentials set last_used_at = $2 where id = $1", device_id, now)


async def renew(tx: Tx, device_id: int, secret_sha256: bytes, now: datetime) -> None:
    """Gives a device another secret; the old one proves nothing any more."""
    await tx.execute(
        "update device_credentials set secret_sha256 = $2, last_used_at = $3 where id = $1",
        device_id,
        secret_sha256,
        now,
    )


async def forget(tx: Tx, device_id: int) -> None:
    """The device with its key."""
    await tx.execute("delete from device_credentials where id = $1", device_id)


async def forget_of(tx: Tx, user_id: int, device_id: int) -> bool:
    """The same for a device of somebody who could sign in without it; whether there was one."""
    found = await tx.fetchval(
        """delete from device_credentials d using users u
        where d.id = $2 and d.user_id = $1 and u.id = d.user_id and not u.anonymous returning true""",
        user_id,
        device_id,
    )
    return found is not None


async def forget_all(tx: Tx, user_id: int) -> None:
    """Every device of an account."""
    await tx.execute("delete from device_credentials where user_id = $1", user_id)


async def hand_over(tx: Tx, of: int, to: int) -> int:
    """How many devices of one account are the other's now."""
    rows = await tx.fetch("update device_credentials set user_id = $2 where user_id = $1 returning id", of, to)
    return len(rows)


async def end_account(tx: Tx, user_id: int) -> None:
    """The row itself, with everything that hangs on it (auth.md 6.3: hard-deleted)."""
    await tx.execute("delete from users where id = $1 and anonymous", user_id)


def _device(row: Row) -> Device:
    return msgspec.convert(dict(row), Device)
