"""Merge tokens and merge codes in Postgres: digests only, each used up by one statement."""

from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database, Tx


class Token(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    user_id: int
    sha256: bytes
    salt: bytes
    expires_at: datetime
    consumed_at: datetime | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    user_id: int
    sha256: bytes
    salt: bytes
    idempotency_key: str | None
    expires_at: datetime


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code at the moment of one try, which has been counted."""

    id: int
    code_digest: bytes | None
    tries: int


class Asked(msgspec.Struct, frozen=True):
    asks: int
    since: datetime


_TOKEN = "id, user_id, sha256, salt, expires_at, consumed_at"


async def insert_token(tx: Tx, new: NewToken, now: datetime) -> None:
    await tx.execute(
        """insert into merge_tokens (sha256, user_id, idempotency_key, salt, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)""",
        new.sha256,
        new.user_id,
        new.idempotency_key,
        new.salt,
        now,
        new.expires_at,
    )


async def unused_token(tx: Tx, user_id: int, idempotency_key: str, now: datetime) -> Token | None:
    """The one that was made for this key, if it could still be used."""
    row = await tx.fetchrow(
        f"""select {_TOKEN} from merge_tokens
        where user_id = $1 and idempotency_key = $2 and consumed_at is null and expires_at > $3
        order by id desc limit 1""",
        user_id,
        idempotency_key,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Token)


async def token(db: Database, sha256: bytes) -> Token | None:
    row = await db.fetchrow(f"select {_TOKEN} from merge_tokens where sha256 = $1", sha256)
    return None if row is None else msgspec.convert(dict(row), Token)


async def spend_token(tx: Tx, token_id: int, now: datetime) -> bool:
    """Of two who try at once, one is told True."""
    found = await tx.fetchval(
        "update merge_tokens set consumed_at = $2 where id = $1 and consumed_at is null returning true", token_id, now
    )
    return found is not None


async def insert_code(tx: Tx, requester_id: int, target_id: int | None, now: datetime, expires_at: datetime) -> int:
    """Its id; where nobody has the address the row is written alike, with nothing to find."""
    found: int = await tx.fetchval(
        """insert into merge_codes (requester_id, target_id, created_at, expires_at) values ($1, $2, $3, $4)
        returning id""",
        requester_id,
        target_id,
        now,
        expires_at,
    )
    return found


async def set_code(tx: Tx, code_id: int, digest: bytes) -> None:
    await tx.execute("update merge_codes set code_digest = $2 where id = $1", code_id, digest)


async def try_code(db: Database, requester_id: int, target_id: int, now: datetime, most: int) -> Code | None:
    """Counts a try at the latest code before anybody looks at it, so that parallel guesses count too.

    None where there is none, or it has expired or been tried too often; one that was used is found still, so that its
    repeat can be told what became of it.
    """
    row = await db.fetchrow(
        """update merge_codes set tries = tries + 1
        where id = (
            select id from merge_codes where requester_id = $1 and target_id = $2 order by id desc limit 1
        ) and expires_at > $3 and tries < $4
        returning id, code_digest, tries""",
        requester_id,
        target_id,
        now,
        most,
    )
    return None if row is None else msgspec.convert(dict(row), Code)


async def spend_code(tx: Tx, code_id: int, now: datetime) -> bool:
    found = await tx.fetchval(
        "update merge_codes set consumed_at = $2 where id = $1 and consumed_at is null returning true", code_id, now
    )
    return found is not None


async def ask(tx: Tx, keys: list[str], now: datetime, window: timedelta) -> dict[str, Asked]:
    """Counts a request for a code under each key, in their order; how many there were since when."""
    rows = await tx.fetch(
        """insert into merge_code_asks as a (key, began_at, asks)
        select key, $2, 1 from unnest($1::text[]) as key order by key
        on conflict (key) do update set
            asks = case when a.began_at <= $3 then 1 else a.asks + 1 end,
            began_at = case when a.began_at <= $3 then $2 else a.began_at end
        returning key, asks, began_at""",
        sorted(keys),
        now,
        now - window,
    )
    return {row["key"]: Asked(row["asks"], row["began_at"]) for row in rows}


async def last_device_link(db: Database, primary_user_id: int, idempotency_prefix: str) -> tuple[int, str] | None:
    """Whom this account absorbed by a device before, and under which key: the device is forgotten by then."""
    row = await db.fetchrow(
        """select linked_user_id, idempotency_key from identity_links
        where primary_user_id = $1 and starts_with(idempotency_key, $2) order by id desc limit 1""",
        primary_user_id,
        idempotency_prefix,
    )
    return None if row is None else (row["linked_user_id"], row["idempotency_key"])
