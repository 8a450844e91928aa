"""The rows of each table that tell of a person; a test compares the columns that name people with this list."""

from typing import Any, Final

from chassis.postgres import Database

MOST: Final = 1000
"""Rows of one table in a copy, the latest: an answer to a question is one frame."""

SHOWN: Final = {
    "developers": "select user_id, email, created_at from developers where user_id = $1 limit $2",
    "developer_organizations": """select slug, name, personal_of is not null as personal, created_at
        from developer_organizations where founded_by = $1 or personal_of = $1 order by id desc limit $2""",
    "memberships": """select o.slug, m.role, m.joined_at from memberships m
        join developer_organizations o on o.id = m.organization_id where m.user_id = $1
        order by m.joined_at desc limit $2""",
    "applications": """select id, client_id, name, status, environment, created_via, created_at, deleted_at
        from applications where registered_by = $1 order by id desc limit $2""",
    "purged_applications": """select created_at from purged_applications
        where registered_by = $1 order by created_at desc limit $2""",
    "refused_registrations": """select refused_at from refused_registrations
        where user_id = $1 order by refused_at desc limit $2""",
    "invitations": """select o.slug, i.email, i.role, i.state, i.created_at, i.expires_at, i.invited_by = $1 as by_you
        from invitations i join developer_organizations o on o.id = i.organization_id
        where i.invited_by = $1 or lower(i.email) = lower($3)
        order by i.id desc limit $2""",
    "promotion_requests": """select application_id, kind, state, submitted_at, reviewed_at, technical_contact_email
        from promotion_requests where submitted_by = $1 or reviewed_by = $1 order by id desc limit $2""",
    "audit_log": """select occurred_at, actor_type, action, target_type, target_id from audit_log
        where actor_id = $1 order by id desc limit $2""",
}
"""For the number of an account and a limit; invitations also for the address that its owner has proved."""

PASSING: Final = {
    "idempotency_keys": "a day, sealed",
    "action_requests": "five minutes",
    "initial_access_tokens": "what an operator hands out; no account is named",
}
"""Tables whose rows name people for a short time, and for how long."""


async def shown(db: Database, user_id: int, email: str | None) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table, sql in SHOWN.items():
        more = (email,) if table == "invitations" else ()
        found[table] = [dict(row) for row in await db.fetch(sql, user_id, MOST, *more)]
    return found
