"""Takes tokens back: one application of one person, or everything of an application that is gone."""

from chassis.postgres import Tx
from services.auth.principals import revocations


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
    revoked = await tx.execute(
        """update token_families set revoked_at = now(), revoked_because = 'app_disconnected'
        where user_id = $1 and client_id = $2 and revoked_at is null""",
        user_id,
        client_id,
    )
    ended = any(not status.endswith(" 0") for status in (forgotten, spent, revoked))
    if ended:
        await revocations.advance(tx)
    return ended


async def all_of_client(tx: Tx, client_id: str) -> None:
    """Ends all that was ever issued to a client which no longer exists (registry.md 6.2)."""
    await tx.execute("delete from grants where client_id = $1", client_id)
    await tx.execute(
        "update authorization_codes set consumed_at = now() where client_id = $1 and consumed_at is null", client_id
    )
    await tx.execute(
        """update token_families set revoked_at = now(), revoked_because = 'client_deleted'
        where client_id = $1 and revoked_at is null""",
        client_id,
    )
    await revocations.advance(tx)
