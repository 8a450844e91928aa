"""Takes tokens back: one, a family, those of one person at one application, or all of an application that is gone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.events import announce
from chassis.postgres import Tx
from contracts.events.auth import Reason, TokenRevoked
from contracts.ids import new_event_id
from contracts.scopes import names_of
from services.auth.principals import revocations
from services.auth.tokens import families
from services.auth.tokens.families import Because, Family

_REASONS: dict[Because, Reason] = {
    "code_replayed": "security",
    "refresh_reused": "rotation_reuse",
    "password_reset": "security",
    "session_ended": "security",
    "account_suspended": "admin",
    "role_lowered": "admin",
    "merged": "merge",
    "account_deleted": "account_deleted",
}
"""What relying parties are told; what is not here was somebody's wish."""


async def family(tx: Tx, ended: Family, because: Because, now: datetime) -> None:
    """Ends a refresh token with all that descends from the same consent, and tells the application."""
    if await families.revoke(tx, ended.id, because, now):
        await revocations.advance(tx)
        await announce(tx, _told(ended, _REASONS.get(because, "user_request"), now, None))


async def access_token(tx: Tx, jti: UUID, expires_at: datetime) -> bool:
    """Ends one access token; whether it was living. Its jti is remembered for as long as the token would have lived."""
    taken = await tx.fetchval(
        "insert into revoked_tokens (jti, expires_at) values ($1, $2) on conflict do nothing returning true",
        jti,
        expires_at,
    )
    if taken:
        await revocations.advance(tx)
    return taken is not None


async def tell(tx: Tx, holder: Family, jti: UUID, now: datetime) -> None:
    """Tells the application of an access token that `access_token` has ended."""
    await announce(tx, _told(holder, "user_request", now, jti))


def _told(of: Family, reason: Reason, now: datetime, jti: UUID | None) -> TokenRevoked:
    return TokenRevoked(
        event_id=new_event_id(now),
        occurred_at=now,
        client_ids=(of.client_id,),
        sub=of.sub,
        canonical_sub=str(of.user_id),
        reason=reason,
        revoked_at=now,
        jti=None if jti is None else str(jti),
        token_family=str(of.id) if jti is None else None,
        token_type="refresh_token" if jti is None else "access_token",
    )


async def revoke_app_tokens(tx: Tx, user_id: int, client_id: str) -> bool:
    """Ends the grant, the codes under way and every living token of one person at one application.

    Whether there was anything to end. Refused from the commit on: refresh tokens and codes by their rows, access
    tokens by their family, and the gateway drops the answers it keeps.
    """
    forgotten = await tx.execute("delete from grants where user_id = $1 and client_id = $2", user_id, client_id)
    # Codes before families, each a statement of its own: an exchange under way holds its code's row, and the family
    # that it began must be visible when the families' turn comes.
    spent = await tx.execute(
        """update authorization_codes set consumed_at = now()
        where user_id = $1 and client_id = $2 and consumed_at is null""",
        user_id,
        client_id,
    )
    let_in = await tx.execute(
        """update device_codes set state = 'denied'
        where user_id = $1 and client_id = $2 and state = 'approved'""",
        user_id,
        client_id,
    )
    revoked = await tx.execute(
        """update token_families set revoked_at = now(), revoked_because = 'app_disconnected'
        where user_id = $1 and client_id = $2 and revoked_at is null""",
        user_id,
        client_id,
    )
    # Keys of devices that came by the application's tokens go with it (auth.md 1.5).
    keyed = await tx.execute(
        "update api_keys set revoked_at = now() where user_id = $1 and client_id = $2 and revoked_at is null",
        user_id,
        client_id,
    )
    ended = any(not status.endswith(" 0") for status in (forgotten, spent, let_in, revoked, keyed))
    if ended:
        await revocations.advance(tx)
    return ended


async def sign_out_of(tx: Tx, user_id: int, client_id: str, now: datetime) -> None:
    """Ends the codes under way and every living token of one person at one application; grant and keys stay."""
    # Codes before families, as in revoke_app_tokens.
    await tx.execute(
        """update authorization_codes set consumed_at = $3
        where user_id = $1 and client_id = $2 and consumed_at is null""",
        user_id,
        client_id,
        now,
    )
    await tx.execute(
        """update token_families set revoked_at = $3, revoked_because = 'signed_out'
        where user_id = $1 and client_id = $2 and revoked_at is null""",
        user_id,
        client_id,
        now,
    )
    await revocations.advance(tx)


async def all_of_client(tx: Tx, client_id: str) -> None:
    """Ends all that was ever issued to a client which no longer exists (registry.md 6.2)."""
    await tx.execute("delete from grants where client_id = $1", client_id)
    await tx.execute(
        "update authorization_codes set consumed_at = now() where client_id = $1 and consumed_at is null", client_id
    )
    await tx.execute(
        "update device_codes set state = 'denied' where client_id = $1 and state in ('pending', 'approved')", client_id
    )
    await tx.execute(
        """update token_families set revoked_at = now(), revoked_because = 'client_deleted'
        where client_id = $1 and revoked_at is null""",
        client_id,
    )
    await revocations.advance(tx)


async def all_of_person(tx: Tx, user_id: int, because: Because, now: datetime) -> int:
    """Ends every code, approved device and token family of a person, and tells each application of its families.

    What was granted stays granted, so that whoever signs in again is not asked again. Returns how many families ended.
    """
    # Codes before families, as in revoke_app_tokens.
    await tx.execute(
        "update authorization_codes set consumed_at = $2 where user_id = $1 and consumed_at is null", user_id, now
    )
    await tx.execute("update device_codes set state = 'denied' where user_id = $1 and state = 'approved'", user_id)
    ended = await families.revoke_all(tx, user_id, because, now)
    for one in ended:
        await announce(tx, _told(one, _REASONS.get(because, "user_request"), now, None))
    await revocations.advance(tx)
    return len(ended)


async def of_scope(tx: Tx, user_id: int, client_id: str, scope: str, now: datetime) -> None:
    """Ends codes, approved devices and families of a person at an application that carry a scope, and tells it so."""
    await tx.execute(
        """update authorization_codes set consumed_at = $4
        where user_id = $1 and client_id = $2 and scopes && $3::text[] and consumed_at is null""",
        user_id,
        client_id,
        list(names_of(scope)),
        now,
    )
    await tx.execute(
        """update device_codes set state = 'denied'
        where user_id = $1 and client_id = $2 and scopes && $3::text[] and state = 'approved'""",
        user_id,
        client_id,
        list(names_of(scope)),
    )
    for one in await families.revoke_of_scope(tx, user_id, client_id, scope, now):
        await announce(tx, _told(one, "user_request", now, None))
    await revocations.advance(tx)


async def of_sessions(tx: Tx, user_id: int, sids: Sequence[bytes], because: Because, now: datetime) -> None:
    """Ends a person's codes and families that began in these sessions (`SignedIn.sid`), and tells their apps."""
    # Codes before families, as in revoke_app_tokens.
    await tx.execute(
        """update authorization_codes set consumed_at = $3
        where user_id = $1 and session_id = any ($2::bytea[]) and consumed_at is null""",
        user_id,
        list(sids),
        now,
    )
    ended = await families.revoke_of_sessions(tx, sids, because, now)
    for one in ended:
        await announce(tx, _told(one, _REASONS.get(because, "user_request"), now, None))
    if ended:
        await revocations.advance(tx)
