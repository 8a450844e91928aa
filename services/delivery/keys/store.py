"""Signing keys in Postgres, their secrets sealed; `about` in the vault is the key id or the client."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Database, Row, Tx
from chassis.settings import Secret
from chassis.vault import Vault

Status = Literal["signing", "verify_only", "revoked"]
RevokeReason = Literal["rotation", "admin", "compromise", "rotation_grace_expired"]


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    kid: str
    status: Status
    secret: Secret
    created_at: datetime
    not_after: datetime | None


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """What signs the webhooks of one application."""

    keys: tuple[SigningKey, ...]
    webhook_secret: Secret | None
    rotated_at: datetime | None
    asymmetric: bool


async def issue(tx: Tx, vault: Vault, client_id: str, kid: str, secret: Secret, now: datetime) -> bool:
    """Keeps a signing key; False where the application has one that signs."""
    made = await tx.fetchval(
        """
        insert into signing_keys (kid, client_id, status, sealed_secret, created_at) values ($1, $2, 'signing', $3, $4)
        on conflict (client_id) where status = 'signing' do nothing returning kid
        """,
        kid,
        client_id,
        vault.seal(secret.reveal().encode(), kid),
        now,
    )
    return made is not None


async def issue_first(
    tx: Tx, vault: Vault, client_id: str, kid: str, secrets: tuple[Secret, Secret], now: datetime
) -> tuple[bool, bool]:
    """Keeps a signing key and a webhook secret in one statement; False for one of which the application has its own."""
    signing, webhook = secrets
    row = await tx.fetchrow(
        """
        with key as (
            insert into signing_keys (kid, client_id, status, sealed_secret, created_at)
            values ($1, $2, 'signing', $3, $5)
            on conflict (client_id) where status = 'signing' do nothing returning 1
        ), older as (
            insert into webhook_secrets (client_id, sealed_secret, created_at) values ($2, $4, $5)
            on conflict (client_id) do nothing returning 1
        )
        select exists (select from key) as key, exists (select from older) as older
        """,
        kid,
        client_id,
        vault.seal(signing.reveal().encode(), kid),
        vault.seal(webhook.reveal().encode(), client_id),
        now,
    )
    return (row["key"], row["older"]) if row is not None else (False, False)


async def replace_webhook_secret(
    tx: Tx, client_id: str, sealed: bytes, now: datetime, previous_valid_until: datetime
) -> None:
    await tx.execute(
        """
        insert into webhook_secrets (client_id, sealed_secret, created_at, rotated_at, previous_valid_until)
        values ($1, $2, $3, $3, $4)
        on conflict (client_id) do update set sealed_secret = excluded.sealed_secret, rotated_at = excluded.rotated_at,
            previous_valid_until = excluded.previous_valid_until
        """,
        client_id,
        sealed,
        now,
        previous_valid_until,
    )


async def active(db: "Database | Tx", vault: Vault, client_id: str) -> list[SigningKey]:
    """The keys a receiver must know, the signing one first."""
    rows = await db.fetch(
        """
        select kid, status, sealed_secret, created_at, not_after from signing_keys
        where client_id = $1 and status <> 'revoked' order by status = 'signing' desc, created_at desc
        """,
        client_id,
    )
    return [_opened(row, vault) for row in rows]


async def signing_of(db: Database, vault: Vault, client_ids: Sequence[str]) -> dict[str, Signing]:
    """What signs for each of many applications, in one statement; each key set has the signing key first."""
    rows = await db.fetch(
        """
        select e.client_id, e.signs_asymmetric, w.sealed_secret as sealed_webhook_secret, w.rotated_at,
            k.kid, k.status, k.sealed_secret, k.created_at, k.not_after
        from endpoints e
        left join webhook_secrets w on w.client_id = e.client_id
        left join signing_keys k on k.client_id = e.client_id and k.status <> 'revoked'
        where e.client_id = any($1::text[]) order by k.status = 'signing' desc, k.created_at desc
        """,
        list(client_ids),
    )
    found: dict[str, Signing] = {}
    for row in rows:
        known = found.get(row["client_id"])
        if known is None:
            sealed = row["sealed_webhook_secret"]
            known = Signing(
                keys=(),
                webhook_secret=None if sealed is None else Secret(vault.open(sealed, row["client_id"]).decode()),
                rotated_at=row["rotated_at"],
                asymmetric=row["signs_asymmetric"],
            )
        keys = known.keys if row["kid"] is None else (*known.keys, _opened(row, vault))
        found[row["client_id"]] = msgspec.structs.replace(known, keys=keys)
    return found


async def count_active(tx: Tx, client_id: str) -> int:
    found: int = await tx.fetchval(
        "select count(*) from signing_keys where client_id = $1 and status <> 'revoked'", client_id
    )
    return found


async def client_of(tx: Tx, kid: str) -> str | None:
    """Whose key it is, if it is one that is not revoked; locked until the transaction ends."""
    found: str | None = await tx.fetchval(
        "select client_id from signing_keys where kid = $1 and status <> 'revoked' for update", kid
    )
    return found


async def retire(tx: Tx, client_id: str, not_after: datetime) -> str | None:
    """The signing key verifies on until then; its kid, None where there is none."""
    found: str | None = await tx.fetchval(
        """
        update signing_keys set status = 'verify_only', not_after = $2, revoke_reason = 'rotation'
        where client_id = $1 and status = 'signing' returning kid
        """,
        client_id,
        not_after,
    )
    return found


async def revoke(tx: Tx, kid: str, reason: RevokeReason, now: datetime) -> None:
    await tx.execute(
        """
        update signing_keys set status = 'revoked', revoke_reason = $2, revoked_at = $3, not_after = null
        where kid = $1 and status <> 'revoked'
        """,
        kid,
        reason,
        now,
    )


async def past_grace(tx: Tx, now: datetime, most: int) -> list[tuple[str, str]]:
    """Keys whose grace is over, with their applications; another process's are passed by."""
    rows = await tx.fetch(
        """
        select kid, client_id from signing_keys where status = 'verify_only' and not_after <= $1
        order by not_after limit $2 for update skip locked
        """,
        now,
        most,
    )
    return [(row["kid"], row["client_id"]) for row in rows]


async def older_than(db: Database, moment: datetime, most: int) -> list[str]:
    """Applications whose signing key was made before then, the oldest first; the deleted need none."""
    rows = await db.fetch(
        """
        select k.client_id from signing_keys k join endpoints e on e.client_id = k.client_id and not e.deleted
        where k.status = 'signing' and k.created_at < $1 order by k.created_at limit $2
        """,
        moment,
        most,
    )
    return [row["client_id"] for row in rows]


def _opened(row: Row, vault: Vault) -> SigningKey:
    return SigningKey(
        kid=row["kid"],
        status=row["status"],
        secret=Secret(vault.open(row["sealed_secret"], row["kid"]).decode()),
        created_at=row["created_at"],
        not_after=row["not_after"],
    )
