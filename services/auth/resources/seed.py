"""The management API as a resource, and the machine that may use it: what every installation begins with."""

from datetime import datetime

from chassis.postgres import Tx

RESOURCE_ID, SCOPE_ID, ROLE_ID = "management-api", "management-api-all", "management-api-access"
ALL = "all"
"""The one scope of the management API (management-api.md 1.1)."""


async def management(tx: Tx, indicator: str, client_id: str, now: datetime) -> None:
    """Idempotent; a changed indicator or client is taken over."""
    await tx.execute(
        """insert into api_resources (id, name, indicator, created_at) values ($1, 'Management API', $2, $3)
        on conflict (id) do update set indicator = excluded.indicator""",
        RESOURCE_ID,
        indicator,
        now,
    )
    await tx.execute(
        """insert into api_scopes (id, resource_id, name, description, created_at)
        values ($1, $2, $3, 'Everything the management API can do.', $4) on conflict (id) do nothing""",
        SCOPE_ID,
        RESOURCE_ID,
        ALL,
        now,
    )
    await tx.execute(
        """insert into roles (id, name, description, type, created_at)
        values ($1, 'Management API access', 'May do everything the management API can do.', 'MachineToMachine', $2)
        on conflict (id) do nothing""",
        ROLE_ID,
        now,
    )
    await tx.execute(
        "insert into role_scopes (role_id, scope_id) values ($1, $2) on conflict do nothing", ROLE_ID, SCOPE_ID
    )
    await tx.execute(
        "insert into application_roles (client_id, role_id) values ($1, $2) on conflict do nothing", client_id, ROLE_ID
    )
