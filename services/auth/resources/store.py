"""API resources in Postgres: who serves them."""

from chassis.postgres import Database
from services.auth.resources.seed import RESOURCE_ID


async def serve(db: Database, indicator: str, client_id: str) -> bool:
    """Lets a client ask about a resource's tokens; False where no resource has this indicator."""
    found = await db.fetchval(
        """insert into resource_servers (resource_id, client_id) select id, $2 from api_resources where indicator = $1
        on conflict (resource_id, client_id) do update set client_id = excluded.client_id returning true""",
        indicator,
        client_id,
    )
    return found is not None


async def management_indicator(db: Database) -> str | None:
    """Under which name tokens for the management API are asked for; None before it was seeded."""
    found: str | None = await db.fetchval("select indicator from api_resources where id = $1", RESOURCE_ID)
    return found
