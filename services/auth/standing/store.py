"""Role, level and suspension in Postgres, and the trail of their changes."""

from datetime import datetime
from typing import Any

from chassis.postgres import Tx
from contracts.principal import Role


async def suspend(tx: Tx, user_id: int, now: datetime) -> None:
    await tx.execute(
        "update users set suspended_at = $2, version = version + 1, updated_at = $2 where id = $1", user_id, now
    )


async def reactivate(tx: Tx, user_id: int, now: datetime) -> None:
    await tx.execute(
        "update users set suspended_at = null, version = version + 1, updated_at = $2 where id = $1", user_id, now
    )


async def set_role(tx: Tx, user_id: int, role: Role, now: datetime) -> None:
    await tx.execute(
        "update users set role = $2, version = version + 1, updated_at = $3 where id = $1", user_id, role, now
    )


async def set_level(tx: Tx, user_id: int, level: int, now: datetime) -> None:
    await tx.execute(
        "update users set identity_verified_level = $2, version = version + 1, updated_at = $3 where id = $1",
        user_id,
        level,
        now,
    )


async def other_administrators(tx: Tx, user_id: int) -> int:
    """How many living administrators there are beside this one.

    All are held, in one order and before any other account, so that two cannot put each other out at once.
    """
    rows = await tx.fetch(
        """select id from users where role = 'admin' and deleted_at is null and suspended_at is null
        order by id for update"""
    )
    return sum(row["id"] != user_id for row in rows)


async def visited(tx: Tx, user_id: int, now: datetime) -> list[tuple[str, str]]:
    """The applications where the person has living tokens: client_id, and who they are there."""
    rows = await tx.fetch(
        """select distinct client_id, sub from token_families
        where user_id = $1 and revoked_at is null and expires_at > $2""",
        user_id,
        now,
    )
    return [(row["client_id"], row["sub"]) for row in rows]


async def revoke_keys(tx: Tx, user_id: int, now: datetime) -> None:
    await tx.execute("update api_keys set revoked_at = $2 where user_id = $1 and revoked_at is null", user_id, now)


async def forget_company(tx: Tx, user_id: int) -> None:
    """Whom the account let in, what it was called, and whatever would let somebody in again: the browsers and devices
    that it knew, its factors, its sign-ins at providers.
    """
    await tx.execute("delete from grants where user_id = $1", user_id)
    await tx.execute("delete from known_devices where user_id = $1", user_id)
    await tx.execute("delete from passkeys where user_id = $1", user_id)
    await tx.execute("delete from totp_seeds where user_id = $1", user_id)
    await tx.execute("delete from backup_codes where user_id = $1", user_id)
    await tx.execute("delete from device_credentials where user_id = $1", user_id)
    await tx.execute("delete from upstream_identities where user_id = $1", user_id)
    await tx.execute("delete from particulars where user_id = $1", user_id)
    await tx.execute("update users set preferred_name = null, full_name = null where id = $1", user_id)


async def granted_to(tx: Tx, sub: str, client_id: str) -> int | None:
    """The account that an application knows by this name; None where it holds no grant of one."""
    found: int | None = await tx.fetchval(
        "select user_id from grants where sub = $1 and client_id = $2", sub, client_id
    )
    return found


async def note(tx: Tx, user_id: int, actor: str, action: str, detail: dict[str, Any], now: datetime) -> None:
    """One line of the trail, in the transaction of the change."""
    await tx.execute(
        "insert into account_audit (at, user_id, actor, action, detail) values ($1, $2, $3, $4, $5)",
        now,
        user_id,
        actor,
        action,
        detail,
    )
