"""How long the log of events is kept, day by day."""

from chassis import days
from chassis.postgres import Database

DAYS = 30


async def retain(db: Database, kept: int = DAYS) -> list[str]:
    """Drops what is older than `kept` whole days and returns the names of the dropped partitions."""
    return await days.keep(db, days.Log("outbox_log", "numbered_at", "position", kept))
