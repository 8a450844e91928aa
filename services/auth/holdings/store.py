"""Where each table of auth stands towards people; a test compares this with the schema, so that none is forgotten.

`SHOWN` is what a person gets a copy of, `FORGOTTEN` what is removed when an account is purged (what hangs on the
account's row goes with it). `PASSING` is gone by itself before anybody could ask, `IMPERSONAL` is about nobody.
"""

from typing import Any, Final

from chassis.postgres import Database, Tx

MOST: Final = 10_000
"""Rows of one table in a copy, the latest."""

BATCH: Final = 1000

SHOWN: Final = {
    "users": """select id, email, preferred_name, full_name, role, identity_verified_level,
            created_via, language, created_at, updated_at,
            suspended_at, deleted_at, purge_at, anonymous, promoted_at, merged_into
        from users where id = $1 limit $2""",
    "particulars": """select phone_number, address, postal_code, custom_claims from particulars
        where user_id = $1 limit $2""",
    "account_audit": """select at, actor, action, detail from account_audit
        where user_id = $1 order by at desc limit $2""",
    "email_verifications": """select email_key, new_email, created_at, expires_at, used_at from email_verifications
        where user_id = $1 order by created_at desc limit $2""",
    "password_resets": """select email_key, created_at, expires_at, used_at from password_resets
        where user_id = $1 order by created_at desc limit $2""",
    "known_devices": """select seen_at, expires_at from known_devices
        where user_id = $1 order by seen_at desc limit $2""",
    "sessions": """select authenticated_at, methods, created_at, last_seen_at, expires_at, ip, user_agent, passkey_at,
            otp_at, confirmed_at
        from sessions where user_id = $1 order by created_at desc limit $2""",
    "api_keys": """select id, name, last4, scopes, created_at, expires_at, last_used_at, revoked_at, client_id,
            device_id, organization
        from api_keys where user_id = $1 order by id desc limit $2""",
    "login_logs": """select at, outcome, method, ip, user_agent, deleted_at from login_logs
        where user_id = $1 order by at desc limit $2""",
    "grants": """select id, client_id, sub, scopes, created_at, updated_at from grants
        where user_id = $1 order by created_at desc limit $2""",
    "acquaintances": """select client_id, sub, since from acquaintances
        where user_id = $1 order by since desc limit $2""",
    "token_families": """select client_id, sub, scopes, authenticated_at, methods, began_at, expires_at, revoked_at,
            revoked_because, resources, actor
        from token_families where user_id = $1 order by began_at desc limit $2""",
    "token_log": """select at, grant_type, client_id, outcome, resource, scopes, ip, user_agent, request_id, error
        from token_log where sub = ($1::bigint)::text order by at desc limit $2""",
    "mail_outbox": """select kind, recipient, language, created_at, sent_at, failed_at from mail_outbox
        where recipient = (select email from users u where id = $1 and (
            u.identity_verified_level > 0 or mail_outbox.created_at >= u.created_at
        )) order by created_at desc limit $2""",
    "totp_seeds": """select created_at, confirmed_at, last_used_at from totp_seeds where user_id = $1 limit $2""",
    "backup_codes": """select created_at, used_at from backup_codes where user_id = $1 limit $2""",
    "passkeys": """select id, name, transports, synced, created_at, last_used_at, regressed_at from passkeys
        where user_id = $1 order by id desc limit $2""",
    "device_credentials": """select id, device_uuid, platform, name, created_at, last_used_at from device_credentials
        where user_id = $1 order by id desc limit $2""",
    "identity_links": """select primary_user_id, linked_user_id, merged_via, occurred_at, source_event_id
        from identity_links where primary_user_id = $1 order by id desc limit $2""",
    "merge_log": """select at, outcome, merged_via, credential, ip, user_agent, request_id from merge_log
        where requester_id = $1 order by id desc limit $2""",
    "upstream_identities": """select connector, subject, email, linked_at, last_used_at from upstream_identities
        where user_id = $1 order by id desc limit $2""",
    "user_roles": """select r.name, r.description from user_roles u join roles r on r.id = u.role_id
        where u.user_id = $1 limit $2""",
}
"""For the number of an account and a limit."""

WITHHELD: Final = {
    "users": "password_hash is a secret, email_key repeats email, version is the house's own count",
    "account_audit": "id counts everybody's",
    "email_verifications": "token_sha256 and password_hash are secrets, return_to is a page of ours",
    "password_resets": "token_sha256 is a secret, return_to is a page of ours",
    "known_devices": "sha256 is a secret",
    "sessions": "id, sid and csrf_token are secrets",
    "api_keys": "sha256 is a secret",
    "login_logs": "id counts everybody's",
    "token_families": "id, session_id, jkt, api_key_id, parent_id and parent_jti tie tokens together",
    "token_log": "id and jti name tokens, sub is the number of the account",
    "mail_outbox": "id, key, sealed, next_try_at, tries, leased_until and last_error are the postman's",
    "totp_seeds": "sealed and last_step are secrets",
    "backup_codes": "sha256 is a secret",
    "passkeys": "credential_id, public_key and sign_count are what an attacker would clone",
    "device_credentials": "secret_sha256 is a secret",
    "identity_links": "id and idempotency_key are the house's own",
    "merge_log": "id counts everybody's, requester_id and other_id are numbers of accounts",
    "upstream_identities": "id counts everybody's",
    "user_roles": "role_id stands for the name",
}
"""Columns that a copy leaves out (`user_id` everywhere), and why."""

FORGOTTEN: Final = {
    "token_log": """update token_log set sub = null where (at, id) in (
        select at, id from token_log where sub = ($1::bigint)::text limit $2)""",
    "mail_outbox": """delete from mail_outbox where id in (
        select id from mail_outbox where recipient = (select email from users where id = $1) limit $2)""",
    "login_logs": """delete from login_logs where id in (
        select id from login_logs where user_id = $1 limit $2)""",
    "authorization_codes": """delete from authorization_codes where sha256 in (
        select sha256 from authorization_codes where user_id = $1 limit $2)""",
    "device_codes": """delete from device_codes where sha256 in (
        select sha256 from device_codes where user_id = $1 limit $2)""",
    "token_families": """delete from token_families where id in (
        select id from token_families where user_id = $1 limit $2)""",
    "grants": "delete from grants where id in (select id from grants where user_id = $1 limit $2)",
    "acquaintances": """delete from acquaintances where (user_id, client_id, sub) in (
        select user_id, client_id, sub from acquaintances where user_id = $1 limit $2)""",
    "sessions": "delete from sessions where id in (select id from sessions where user_id = $1 limit $2)",
    "api_keys": "delete from api_keys where id in (select id from api_keys where user_id = $1 limit $2)",
}
"""What does not hang on the account's row, or is too much for one statement; the audit stays without its person."""

PASSING: Final = {
    "authorization_requests": "an hour",
    "authorization_codes": "ten minutes, and a day as a trace of replays",
    "device_codes": "ten minutes, and a day as a trace",
    "refresh_tokens": "what their families tell; the tokens themselves are secrets",
    "pushed_requests": "a minute",
    "logout_requests": "ten minutes",
    "logout_outbox": "a week, by which time the application has been told",
    "sign_in_tries": "a quarter of an hour, under a digest",
    "user_code_tries": "ten minutes",
    "factor_tries": "a quarter of an hour",
    "half_sign_ins": "ten minutes",
    "mailed_codes": "ten minutes",
    "passkey_challenges": "five minutes, under a digest",
    "letterbox": "seconds, sealed",
    "upstream_states": "ten minutes",
    "hand_offs": "half a minute",
    "qr_sessions": "five minutes, and a day as a trace",
    "merge_tokens": "five minutes",
    "merge_codes": "ten minutes",
    "merge_code_asks": "an hour",
    "account_returns": "ten minutes",
    "outbox": "seconds, then it stands in outbox_log",
    "outbox_log": "thirty days, as long as the grace",
}
"""Tables whose rows name people for a short time, and for how long."""

IMPERSONAL: Final = frozenset(
    {
        "api_resources",
        "api_scopes",
        "application_roles",
        "client_documents",
        "clients",
        "connectors",
        "marks",
        "outbox_head",
        "parked",
        "rebuild_unseen",
        "redirect_uri_uses",
        "resource_servers",
        "revocations",
        "revoked_tokens",
        "role_scopes",
        "roles",
        "schema_migrations",
        "scope_drifts",
        "signing_keys",
        "spent_proofs",
    }
)


async def persons(on: Tx | Database, user_id: int) -> list[int]:
    """The account, and those that it has absorbed, which are the same person's: of those that were folded into it only
    the number is left, by which applications know the person still.
    """
    rows = await on.fetch(
        "select linked_user_id as id from identity_links where primary_user_id = $1 order by 1", user_id
    )
    return [user_id, *(row["id"] for row in rows)]


async def shown(db: Database, user_id: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, the latest `MOST` of them for each account of the person."""
    numbers = await persons(db, user_id)
    return {
        table: [dict(row) for number in numbers for row in await db.fetch(sql, number, MOST)]
        for table, sql in SHOWN.items()
    }


async def purge(db: Database, user_id: int) -> None:
    """In batches, each a transaction of its own: to be called for accounts that can come back no more."""
    for sql in FORGOTTEN.values():
        count = BATCH
        while count == BATCH:
            count = int((await db.execute(sql, user_id, BATCH)).rpartition(" ")[2])
