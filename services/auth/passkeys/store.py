"""Passkeys in Postgres, and the challenges that browsers are to answer."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx

_COLUMNS = "id, user_id, credential_id, public_key, sign_count, name, transports, synced, created_at, last_used_at"


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    user_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


class NewPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator has made for an account."""

    user_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    synced: bool


async def of(on: Tx | Database, user_id: int) -> list[Passkey]:
    """The oldest first."""
    rows = await on.fetch(f"select {_COLUMNS} from passkeys where user_id = $1 order by id", user_id)
    return [_passkey(row) for row in rows]


async def by_credential(on: Tx | Database, credential_id: bytes) -> Passkey | None:
    row = await on.fetchrow(f"select {_COLUMNS} from passkeys where credential_id = $1", credential_id)
    return None if row is None else _passkey(row)


async def insert(tx: Tx, new: NewPasskey, now: datetime) -> Passkey | None:
    """None where this credential is somebody's already."""
    row = await tx.fetchrow(
        f"""insert into passkeys (user_id, credential_id, public_key, sign_count, name, transports, synced, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (credential_id) do nothing returning {_COLUMNS}""",
        new.user_id,
        new.credential_id,
        new.public_key,
        new.sign_count,
        new.name,
        list(new.transports),
        new.synced,
        now,
    )
    return None if row is None else _passkey(row)


async def used(tx: Tx, passkey_id: int, count: int, synced: bool, now: datetime) -> bool | None:
    """Notes a use; whether the counter went back, as that of a copy would; None where the passkey was removed.

    An authenticator without a counter says 0 for ever (WebAuthn section 6.1.1).
    """
    row = await tx.fetchrow(
        """update passkeys p set last_used_at = $4, synced = $3, sign_count = greatest(p.sign_count, $2),
            regressed_at = case when b.back then $4 else p.regressed_at end
        from (
            select id, $2 <= sign_count and (sign_count > 0 or $2 > 0) as back from passkeys where id = $1 for update
        ) b where p.id = b.id returning b.back""",
        passkey_id,
        count,
        synced,
        now,
    )
    return None if row is None else bool(row["back"])


async def rename(db: Database, user_id: int, passkey_id: int, name: str) -> Passkey | None:
    row = await db.fetchrow(
        f"update passkeys set name = $3 where id = $2 and user_id = $1 returning {_COLUMNS}", user_id, passkey_id, name
    )
    return None if row is None else _passkey(row)


async def remove(tx: Tx, user_id: int, passkey_id: int) -> str | None:
    """Its name, if there was one; of two who remove it at once, one is told."""
    name: str | None = await tx.fetchval(
        "delete from passkeys where id = $2 and user_id = $1 returning name", user_id, passkey_id
    )
    return name


async def keep_challenge(db: Database, sha256: bytes, bound_to: bytes, expires_at: datetime) -> None:
    await db.execute(
        "insert into passkey_challenges (sha256, bound_to, expires_at) values ($1, $2, $3)",
        sha256,
        bound_to,
        expires_at,
    )


async def spend_challenge(db: Database, sha256: bytes, bound_to: bytes, now: datetime) -> bool:
    """Whether it waited for this browser; of two who answer at once, one is told True."""
    found = await db.fetchval(
        "delete from passkey_challenges where sha256 = $1 and bound_to = $2 and expires_at > $3 returning true",
        sha256,
        bound_to,
        now,
    )
    return found is not None


def newest(passkeys: Sequence[Passkey]) -> datetime | None:
    """When one of them was last used."""
    return max((one.last_used_at for one in passkeys if one.last_used_at is not None), default=None)


def _passkey(row: Row) -> Passkey:
    return msgspec.convert(dict(row), Passkey)
