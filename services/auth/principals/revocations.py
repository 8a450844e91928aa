"""The number of revocations: whoever takes a credential back advances it in the same transaction."""

from typing import Final

from chassis import postgres
from chassis.postgres import Database, Tx

NUDGE: Final = "revocations"


async def advance(tx: Tx) -> None:
    """Makes every kept answer about a credential stale once this transaction commits.

    The lock of the one row is held until then, so numbers become visible in their order.
    """
    await tx.execute("update revocations set sequence = sequence + 1")
    postgres.nudge_on_commit(NUDGE)


async def current(db: Database) -> int:
    """How many revocations have been committed."""
    return int(await db.fetchval("select sequence from revocations"))
