"""Requests that an application pushed before it sent the browser: kept for a minute, taken once (RFC 9126)."""

import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis.postgres import Database
from services.auth.authorize import store

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
LIFETIME: Final = timedelta(seconds=60)

Pairs = list[tuple[str, str]]


async def keep(db: Database, client_id: str, params: Pairs, now: datetime) -> str:
    """Returns the request_uri; only its digest stays here."""
    reference = secrets.token_urlsafe(32)
    await store.push(db, store.digest(reference), client_id, params, now + LIFETIME)
    return f"{PREFIX}{reference}"


async def look(db: Database, request_uri: str, client_id: str, now: datetime, until: datetime) -> Pairs | None:
    """The parameters for its own client, without taking them: they wait for the person's word until then."""
    held = await store.prolong_pushed(db, store.digest(request_uri.removeprefix(PREFIX)), client_id, now, until)
    return None if held is None else msgspec.convert(held, Pairs)


async def take(db: Database, request_uri: str, client_id: str, now: datetime) -> Pairs | None:
    """The parameters, for its own client and once; None for anybody else, a second time, or too late."""
    held = await store.pull(db, store.digest(request_uri.removeprefix(PREFIX)), client_id, now)
    return None if held is None else msgspec.convert(held, Pairs)
