"""Who is told: the applications that a person has let in, each with the sub that it knows."""

from chassis.postgres import Tx


async def subs(tx: Tx, user_id: int) -> dict[str, str]:
    """By client_id. One that knows the person by an absorbed account too is told by the account's own sub."""
    rows = await tx.fetch(
        """
        select distinct on (g.client_id) g.client_id, g.sub from grants g join users u on u.id = g.user_id
        where u.id = $1 or u.merged_into = $1 order by g.client_id, u.id <> $1, g.sub
        """,
        user_id,
    )
    return {row["client_id"]: row["sub"] for row in rows}
