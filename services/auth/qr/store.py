"""Pictures that wait to be approved, in Postgres: what their browser holds stands as its SHA-256."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from chassis.postgres import Database, Tx

Standing = Literal["pending", "scanned", "approved", "denied", "consumed", "expired"]


class QrSession(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that somebody with another device may approve."""

    id: UUID
    return_to: str
    client_id: str | None
    scopes: tuple[str, ...]
    number: int
    ip: str
    user_agent: str
    state: Standing
    user_id: int | None = None
    methods: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime


_COLUMNS = """id, return_to, client_id, scopes, number, ip, user_agent,
    case when expires_at <= $2 and state not in ('denied', 'consumed') then 'expired' else state end as state,
    user_id, methods, created_at, expires_at"""


async def insert(db: Database, made: QrSession, browser: bytes) -> None:
    await db.execute(
        """insert into qr_sessions (id, browser, return_to, client_id, scopes, number, ip, user_agent, state,
            created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        made.id,
        browser,
        made.return_to,
        made.client_id,
        list(made.scopes),
        made.number,
        made.ip,
        made.user_agent,
        made.state,
        made.created_at,
        made.expires_at,
    )


async def find(db: Database, id: UUID, now: datetime) -> QrSession | None:  # noqa: A002 - the column's name
    """Whatever became of it."""
    row = await db.fetchrow(f"select {_COLUMNS} from qr_sessions where id = $1", id, now)
    return None if row is None else msgspec.convert(dict(row), QrSession)


async def held(db: Database, id: UUID, browser: bytes, now: datetime) -> QrSession | None:  # noqa: A002 - as above
    """The same for the browser that shows it."""
    row = await db.fetchrow(f"select {_COLUMNS} from qr_sessions where id = $1 and browser = $3", id, now, browser)
    return None if row is None else msgspec.convert(dict(row), QrSession)


async def scan(db: Database, id: UUID, user_id: int, now: datetime) -> QrSession | None:  # noqa: A002 - as above
    """Ties it to the first person who looks at it, who may look again; None for everybody else, and too late."""
    row = await db.fetchrow(
        f"""update qr_sessions set state = 'scanned', user_id = $3
        where id = $1 and expires_at > $2 and (state = 'pending' or (state = 'scanned' and user_id = $3))
        returning {_COLUMNS}""",
        id,
        now,
        user_id,
    )
    return None if row is None else msgspec.convert(dict(row), QrSession)


async def approve(db: Database, id: UUID, user_id: int, methods: Sequence[str], now: datetime) -> bool:  # noqa: A002
    """Whether it was still this person's to decide; of two who decide at once, one is told True."""
    decided = await db.fetchval(
        """update qr_sessions set state = 'approved', methods = $3
        where id = $1 and state = 'scanned' and user_id = $2 and expires_at > $4 returning true""",
        id,
        user_id,
        list(methods),
        now,
    )
    return decided is not None


async def deny(db: Database, id: UUID, user_id: int, now: datetime) -> bool:  # noqa: A002 - the column's name
    """Likewise."""
    decided = await db.fetchval(
        """update qr_sessions set state = 'denied'
        where id = $1 and state = 'scanned' and user_id = $2 and expires_at > $3 returning true""",
        id,
        user_id,
        now,
    )
    return decided is not None


async def consume(tx: Tx, id: UUID, browser: bytes, now: datetime) -> QrSession | None:  # noqa: A002 - as above
    """What was approved, for the browser that shows it; of two who try at once, one gets it."""
    row = await tx.fetchrow(
        f"""update qr_sessions set state = 'consumed'
        where id = $1 and state = 'approved' and expires_at > $2 and browser = $3 returning {_COLUMNS}""",
        id,
        now,
        browser,
    )
    return None if row is None else msgspec.convert(dict(row), QrSession)
