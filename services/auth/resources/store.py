"""API resources in Postgres: who serves them."""

from chassis.postgres import Database


async def serve(db: Database, indicator: str, client_id: str) -> bool:
    """Lets a client ask about a resource's tokens; False where no resource has this indicator."""
    found = await db.fetchval(
        """insert into resource_servers (resource_id, client_id) select id, $2 from api_resources where indicator = $1
        on conflict (resource_id, client_id) do update set client_id = excluded.client_id returning true""",
        indicator,
        client_id,
    )
    return found is not None
