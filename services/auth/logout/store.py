"""Logout requests that wait for their person's answer."""

from datetime import datetime

import msgspec

from chassis.postgres import Database
from services.auth.logout.request import LogoutRequest


async def keep(db: Database, sha256: bytes, request: LogoutRequest, expires_at: datetime) -> None:
    await db.execute(
        "insert into logout_requests (sha256, request, expires_at) values ($1, $2, $3)", sha256, request, expires_at
    )


async def find(db: Database, sha256: bytes, now: datetime) -> LogoutRequest | None:
    held = await db.fetchval("select request from logout_requests where sha256 = $1 and expires_at > $2", sha256, now)
    return None if held is None else msgspec.convert(held, LogoutRequest)
