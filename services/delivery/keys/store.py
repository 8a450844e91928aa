"""Signing keys in Postgres, their secrets sealed; `about` in the vault is the key id or the client."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from chassis.settings import Secret
from chassis.vault import Vault


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    kid: str
    status: str
    secret: Secret
    created_at: datetime
    not_after: datetime | None


async def issue(tx: Tx, vault: Vault, client_id: str, kid: str, secret: Secret, now: datetime) -> bool:
    """Keeps the application's first signing key; False where it has one that signs."""
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


async def issue_webhook_secret(tx: Tx, vault: Vault, client_id: str, secret: Secret, now: datetime) -> bool:
    made = await tx.fetchval(
        """
        insert into webhook_secrets (client_id, sealed_secret, created_at) values ($1, $2, $3)
        on conflict (client_id) do nothing returning client_id
        """,
        client_id,
        vault.seal(secret.reveal().encode(), client_id),
        now,
    )
    return made is not None


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


async def signing(db: "Database | Tx", vault: Vault, client_id: str) -> SigningKey | None:
    row = await db.fetchrow(
        """
        select kid, status, sealed_secret, created_at, not_after from signing_keys
        where client_id = $1 and status = 'signing'
        """,
        client_id,
    )
    return None if row is None else _opened(row, vault)


async def webhook_secret(db: "Database | Tx", vault: Vault, client_id: str) -> Secret | None:
    sealed = await db.fetchval("select sealed_secret from webhook_secrets where client_id = $1", client_id)
    return None if sealed is None else Secret(vault.open(sealed, client_id).decode())


def _opened(row: Row, vault: Vault) -> SigningKey:
    return SigningKey(
        kid=row["kid"],
        status=row["status"],
        secret=Secret(vault.open(row["sealed_secret"], row["kid"]).decode()),
        created_at=row["created_at"],
        not_after=row["not_after"],
    )
