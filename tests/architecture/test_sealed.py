"""No sealed column is forgotten on the day on which the key is changed."""

import importlib
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from chassis.migrate import migrate
from chassis.service import EVENTS_MIGRATIONS
from tests.architecture.sources import ROOT, services

DIGESTS = ("sha256", "hash", "digest", "session_id", "sid", "browser", "prev_hash", "payload")
"""Endings of columns that hold digests, and of events' bodies, which hold no secret."""

PLAIN = {
    "authorization_requests.chosen": "the digest of a session's cookie",
    "sessions.id": "the digest of its cookie",
    "sign_in_tries.account": "a digest",
    "passkey_challenges.bound_to": "a digest",
    "merge_tokens.salt": "what the token is derived from, together with the key",
    "passkeys.credential_id": "what every site is shown",
    "passkeys.public_key": "public",
    "webhook_attempts.request_headers": "what was sent, signatures included",
    "idempotency_keys.fingerprint": "a digest",
    "audit_head.previous": "a digest",
    "logos.image": "a picture",
}
"""Other columns of bytes that hold no secret, and what they hold instead."""


@pytest.mark.parametrize("name", services())
async def test_every_sealed_column_is_listed(name: str, new_database: Callable[[str], Awaitable[str]]) -> None:
    """A column of bytes is a digest, or harmless and named here, or sealed and listed in the service's sealed.py."""
    url = await new_database("sealed")
    await migrate(url, EVENTS_MIGRATIONS, ROOT / "services" / name / "migrations")
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        """select table_name || '.' || column_name as place from information_schema.columns
        where table_schema = 'public' and data_type = 'bytea'"""
    )
    await connection.close()
    secret = {row["place"] for row in rows if row["place"] not in PLAIN and not row["place"].endswith(DIGESTS)}
    assert secret == {place.name for place in importlib.import_module(f"services.{name}.sealed").SEALED}
