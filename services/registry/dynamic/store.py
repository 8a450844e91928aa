"""Self-registered clients in Postgres; of tokens only digests."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What such a client says of itself beside its record."""

    client_uri: str | None = None
    contacts: tuple[str, ...] = ()
    software_id: str | None = None
    software_version: str | None = None


async def insert(tx: Tx, application_id: int, token_sha256: bytes, details: Details) -> None:
    await tx.execute(
        """
        insert into dynamic_clients (application_id, token_sha256, client_uri, contacts, software_id, software_version)
        values ($1, $2, $3, $4, $5, $6)
        """,
        application_id,
        token_sha256,
        details.client_uri,
        details.contacts,
        details.software_id,
        details.software_version,
    )


async def save(tx: Tx, application_id: int, details: Details) -> None:
    await tx.execute(
        """
        update dynamic_clients set client_uri = $2, contacts = $3, software_id = $4, software_version = $5
        where application_id = $1
        """,
        application_id,
        details.client_uri,
        details.contacts,
        details.software_id,
        details.software_version,
    )


async def find(db: Database | Tx, client_id: str, token_sha256: bytes) -> tuple[int, Details] | None:
    """The application's number, where the token is this very client's."""
    row = await db.fetchrow(
        """
        select d.application_id, d.client_uri, d.contacts, d.software_id, d.software_version
        from dynamic_clients d join applications a on a.id = d.application_id
        where a.client_id = $1 and d.token_sha256 = $2 and a.deleted_at is null
        """,
        client_id,
        token_sha256,
    )
    if row is None:
        return None
    details = Details(
        client_uri=row["client_uri"],
        contacts=tuple(row["contacts"]),
        software_id=row["software_id"],
        software_version=row["software_version"],
    )
    return row["application_id"], details


async def allow(db: Database, token_sha256: bytes, at: datetime, until: datetime) -> None:
    await db.execute(
        "insert into initial_access_tokens (token_sha256, created_at, expires_at) values ($1, $2, $3)",
        token_sha256,
        at,
        until,
    )


async def allowed(db: Database, token_sha256: bytes, at: datetime) -> bool:
    found = await db.fetchval(
        "select true from initial_access_tokens where token_sha256 = $1 and expires_at > $2", token_sha256, at
    )
    return found is not None
