"""Removes what has had its time, in batches that hold no lock for long (auth.md 8)."""

from datetime import timedelta
from typing import Final

from chassis import metrics
from chassis.clock import Clock
from chassis.postgres import Database
from services.auth.accounts import log, tries
from services.auth.factors import tries as factors
from services.auth.mail import outbox

BATCH: Final = 1000

REPLAYS: Final = timedelta(days=1)
"""A spent code is remembered this long after its time, so that a late replay is still seen as one."""

DEAD_KEYS_KEPT: Final = timedelta(days=365)
"""Whoever shows a key that is over learns for a year why it does not count."""

AUDIT_KEPT: Final = timedelta(days=730)

TRASH_KEPT: Final = timedelta(days=30)
"""What a person has put into the trash of their activity can be taken back for so long."""

_KEPT: Final = {
    "authorization_codes": REPLAYS,
    "sign_in_tries": tries.WINDOW,
    "factor_tries": factors.WINDOW,
    "api_keys": DEAD_KEYS_KEPT,
    "account_audit": AUDIT_KEPT,
    "login_logs": log.KEPT,
    "login_logs_trash": TRASH_KEPT,
    "mail_outbox": outbox.KEPT,
}
"""How long rows stay after the time that their statement looks at; others go at once."""

_purged = metrics.counter("auth.purged", description="Rows removed because their time had passed, by table.")

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
        select client_id from client_documents
        where asked_until <= $1::timestamptz - case when read_at is null then interval '0' else interval '90 days' end
        limit $2)""",
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
    "refresh_tokens": """delete from refresh_tokens where sha256 in (
        select sha256 from refresh_tokens where expires_at <= $1 limit $2)""",
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
    """Removes everything that is due now; returns how many rows of each table. Two at once only share the work."""
    now = clock.now()
    removed = {}
    for table, sql in _EXPIRED.items():
        before, removed[table], count = now - _KEPT.get(table, timedelta()), 0, BATCH
        while count == BATCH:
            count = int((await db.execute(sql, before, BATCH)).rpartition(" ")[2])
            removed[table] += count
        _purged.add(removed[table], {"table": table})
    return removed
