"""Keeps house for OAuth: renews keys, makes and drops days of the token log, removes what has expired (auth.md 8)."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from chassis import days, metrics
from chassis.postgres import UNAVAILABLE
from chassis.table_sizes import TableSizes
from services.auth.ground import Ground
from services.auth.keys import make

logger = structlog.get_logger()

EVERY_SECONDS: Final = 600.0
BATCH: Final = 1000
LOG: Final = days.Log("token_log", "at", "id", kept=90)
"""The log of token requests."""

REPLAYS: Final = timedelta(days=1)
"""A spent code is remembered this long after its time, so that a late replay is still seen as one."""

_purged = metrics.counter("oauth.purged", description="Rows removed because their time had passed, by table.")

_EXPIRED: Final = {
    "authorization_requests": """delete from authorization_requests where sha256 in (
        select sha256 from authorization_requests where expires_at <= $1 limit $2)""",
    "upstream_states": """delete from upstream_states where sha256 in (
        select sha256 from upstream_states where expires_at <= $1 limit $2)""",
    "hand_offs": """delete from hand_offs where session_id in (
        select session_id from hand_offs where expires_at <= $1 limit $2)""",
    "qr_sessions": """delete from qr_sessions where id in (
        select id from qr_sessions where expires_at <= $1 limit $2)""",
    "pushed_requests": """delete from pushed_requests where sha256 in (
        select sha256 from pushed_requests where expires_at <= $1 limit $2)""",
    "client_documents": """delete from client_documents where client_id in (
        select client_id from client_documents where asked_until <= $1::timestamptz - interval '90 days' limit $2)""",
    "clients": """delete from clients where client_id in (
        select c.client_id from clients c left join client_documents d on d.client_id = c.client_id
        where c.application_id = 0 and d.client_id is null and $1::timestamptz is not null limit $2)""",
    "scope_drifts": """delete from scope_drifts where client_id in (
        select client_id from scope_drifts where last_at <= $1::timestamptz - interval '7 days' limit $2)""",
    "logout_outbox": """delete from logout_outbox where id in (
        select id from logout_outbox where created_at <= $1::timestamptz - interval '7 days' limit $2)""",
    "logout_requests": """delete from logout_requests where sha256 in (
        select sha256 from logout_requests where expires_at <= $1 limit $2)""",
    "authorization_codes": """delete from authorization_codes where sha256 in (
        select sha256 from authorization_codes where expires_at <= $1 limit $2)""",
    "token_families": """delete from token_families where id in (
        select id from token_families where expires_at <= $1 limit $2)""",
    "device_codes": """delete from device_codes where sha256 in (
        select sha256 from device_codes where expires_at <= $1::timestamptz - interval '1 day' limit $2)""",
    "user_code_tries": """delete from user_code_tries where key in (
        select key from user_code_tries where began_at <= $1::timestamptz - interval '10 minutes' limit $2)""",
    "merge_tokens": """delete from merge_tokens where id in (
        select id from merge_tokens where expires_at <= $1::timestamptz - interval '1 day' limit $2)""",
    "merge_codes": """delete from merge_codes where id in (
        select id from merge_codes where expires_at <= $1::timestamptz - interval '1 day' limit $2)""",
    "merge_code_asks": """delete from merge_code_asks where key in (
        select key from merge_code_asks where began_at <= $1::timestamptz - interval '1 hour' limit $2)""",
    "merge_log": """delete from merge_log where id in (
        select id from merge_log where at <= $1::timestamptz - interval '730 days' limit $2)""",
    "spent_proofs": """delete from spent_proofs where sha256 in (
        select sha256 from spent_proofs where expires_at <= $1 limit $2)""",
    "revoked_tokens": """delete from revoked_tokens where jti in (
        select jti from revoked_tokens where expires_at <= $1 limit $2)""",
}


async def run(ground: Ground) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    sizes = TableSizes(ground.db)
    while True:
        try:
            await once(ground)
            await sizes.refresh()
        except UNAVAILABLE as error:
            logger.warning("upkeep.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)


async def once(ground: Ground) -> None:
    """Everything that is due now."""
    await make.as_needed(ground.db, ground.vault, ground.clock, ground.settings.signing_key_period)
    await days.keep(ground.db, LOG)
    now = ground.clock.now()
    for table, sql in _EXPIRED.items():
        before = now - REPLAYS if table == "authorization_codes" else now
        count = BATCH
        while count == BATCH:
            count = int((await ground.db.execute(sql, before, BATCH)).rpartition(" ")[2])
            _purged.add(count, {"table": table})
