"""All accounts as other services may know them, page by page, for a copy that is taken anew."""

import msgspec

from chassis.events import Record
from chassis.postgres import Database
from services.auth.accounts import store


async def page(db: Database, after: str, limit: int) -> list[Record]:
    """Those behind `after`, closed and suspended ones included; keys sort as numbers do."""
    accounts = await store.after(db, int(after or 0), limit)
    return [Record(f"{one.id:019d}", one.version, msgspec.json.encode(one.public())) for one in accounts]
