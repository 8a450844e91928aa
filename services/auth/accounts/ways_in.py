"""That nobody shuts themselves out: the last way into an account stays (auth.md 4.3)."""

from chassis.postgres import Tx
from chassis.problems import Problem


class LastIdentity(Problem):
    """Without it nobody could sign in to the account any more."""

    status, code = 409, "last_identity"
    default_detail = "This is the only way into the account: set a password or connect another provider first."


async def hold(tx: Tx, user_id: int) -> None:
    """To be called before a way is removed: of two removals at once the second one counts the first."""
    await tx.execute("select id from users where id = $1 for update", user_id)


async def must_be_left(tx: Tx, user_id: int) -> None:
    """To be called after it: a password, a passkey, or a provider that is in use. Raises LastIdentity."""
    left = await tx.fetchval(
        """select u.password_hash is not null
            or exists (select from passkeys p where p.user_id = u.id)
            or exists (select from upstream_identities i join connectors c on c.key = i.connector and c.enabled
                where i.user_id = u.id)
        from users u where u.id = $1""",
        user_id,
    )
    if not left:
        raise LastIdentity
