"""Removes what has had its time, in batches that hold no lock for long (auth.md 8)."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from chassis import metrics
from chassis.clock import Clock
from chassis.postgres import UNAVAILABLE, Database
from services.auth.accounts import log, tries
from services.auth.factors import tries as factors
from services.auth.mail import outbox

logger = structlog.get_logger()

EVERY_SECONDS: Final = 600.0
BATCH: Final = 1000

DEAD_KEYS_KEPT: Final = timedelta(days=365)
"""Whoever shows a key that is over learns for a year why it does not count."""

AUDIT_KEPT: Final = timedelta(days=730)

TRASH_KEPT: Final = timedelta(days=30)
"""What a person has put into the trash of their activity can be taken back for so long."""

_purged = metrics.counter("accounts.purged", description="Rows removed because their time had passed, by table.")

_EXPIRED: Final = {
    "sessions": "delete from sessions where id in (select id from sessions where expires_at <= $1 limit $2)",
    "email_verifications": """delete from email_verifications where token_sha256 in (
        select token_sha256 from email_verifications where expires_at <= $1 limit $2)""",
    "password_resets": """delete from password_resets where token_sha256 in (
        select token_sha256 from password_resets where expires_at <= $1 limit $2)""",
    "known_devices": """delete from known_devices where sha256 in (
        select sha256 from known_devices where expires_at <= $1 limit $2)""",
    "account_audit": """delete from account_audit where id in (
        select id from account_audit where at <= $1 limit $2)""",
    "sign_in_tries": """delete from sign_in_tries where (account, network) in (
        select account, network from sign_in_tries
        where began_at <= $1::timestamptz - case when network = 'anywhere' then interval '1 day' else interval '0' end
        limit $2)""",
    "half_sign_ins": """delete from half_sign_ins where sha256 in (
        select sha256 from half_sign_ins where expires_at <= $1 limit $2)""",
    "passkey_challenges": """delete from passkey_challenges where sha256 in (
        select sha256 from passkey_challenges where expires_at <= $1 limit $2)""",
    "mailed_codes": """delete from mailed_codes where user_id in (
        select user_id from mailed_codes where expires_at <= $1 limit $2)""",
    "factor_tries": """delete from factor_tries where user_id in (
        select user_id from factor_tries where began_at <= $1 limit $2)""",
    "api_keys": """delete from api_keys where id in (
        select id from api_keys where least(revoked_at, expires_at) <= $1 limit $2)""",
    "account_returns": """delete from account_returns where sha256 in (
        select sha256 from account_returns where expires_at <= $1 limit $2)""",
    "login_logs_trash": """delete from login_logs where id in (
        select id from login_logs where deleted_at <= $1 limit $2)""",
    "login_logs": "delete from login_logs where id in (select id from login_logs where at <= $1 limit $2)",
    "mail_outbox": """delete from mail_outbox where id in (
        select id from mail_outbox
        where created_at <= $1 and (sent_at is not null or failed_at is not null) limit $2)""",
}


async def once(db: Database, clock: Clock) -> dict[str, int]:
    """Removes everything that is due now; returns how many rows of each table."""
    now = clock.now()
    before = {
        "sign_in_tries": now - tries.WINDOW,
        "factor_tries": now - factors.WINDOW,
        "api_keys": now - DEAD_KEYS_KEPT,
        "account_audit": now - AUDIT_KEPT,
        "login_logs": now - log.KEPT,
        "login_logs_trash": now - TRASH_KEPT,
        "mail_outbox": now - outbox.KEPT,
    }
    removed = {}
    for table, sql in _EXPIRED.items():
        removed[table] = 0
        while True:
            count = int((await db.execute(sql, before.get(table, now), BATCH)).rpartition(" ")[2])
            removed[table] += count
            if count < BATCH:
                break
        _purged.add(removed[table], {"table": table})
    return removed


async def run(db: Database, clock: Clock) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    while True:
        try:
            await once(db, clock)
        except UNAVAILABLE as error:
            logger.warning("purge.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)
