"""The management API with the machine that may use it, and Shared Signals: what every installation begins with."""

from datetime import datetime

from chassis.postgres import Tx

RESOURCE_ID, SCOPE_ID, ROLE_ID = "management-api", "management-api-all", "management-api-access"
ALL = "all"
"""The one scope of the management API (management-api.md 1.1)."""

SIGNALS_ID = "shared-signals"
SIGNALS_SCOPES = {
    "ssf.manage": "Makes, changes and ends its own event streams.",
    "ssf.read": "Reads its own event streams.",
}
"""As the CAEP interoperability profile names them (section 2.7.3)."""


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


async def signals(tx: Tx, indicator: str, now: datetime) -> None:
    """The streams of Shared Signals: every confidential client gets a token for its own. Idempotent."""
    await tx.execute(
        """insert into api_resources (id, name, indicator, open_to_clients, created_at)
        values ($1, 'Shared Signals', $2, true, $3)
        on conflict (id) do update set indicator = excluded.indicator, open_to_clients = true""",
        SIGNALS_ID,
        indicator,
        now,
    )
    await tx.execute(
        """insert into api_scopes (id, resource_id, name, description, created_at)
        select $1 || ':' || name, $1, name, description, $4 from unnest($2::text[], $3::text[]) as s(name, description)
        on conflict (id) do nothing""",
        SIGNALS_ID,
        list(SIGNALS_SCOPES),
        list(SIGNALS_SCOPES.values()),
        now,
    )
