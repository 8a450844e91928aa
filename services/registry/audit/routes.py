"""`GET /api/v1/developer/audit_logs`: an organisation's own log."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import QueryParameter

from chassis import web
from chassis.web import Given
from services.registry.applications.parse import READERS
from services.registry.applications.routes import Number, PerPage
from services.registry.audit import store
from services.registry.audit.entry import Entry
from services.registry.audit.store import Filters, Link
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.lists import paging
from services.registry.organizations import choose

Text = Annotated[str | None, QueryParameter(max_length=100)]


class EntryView(msgspec.Struct, kw_only=True):
    """One line of the log; what retention has taken is absent."""

    id: int
    occurred_at: datetime
    actor_type: str
    actor_id: int | None
    action: str
    target_type: str
    target_id: str | None
    organization_id: int | None
    pak_id: int | None = None
    created_via: str | None = None
    client_type_header: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    risk_flags: tuple[str, ...] = ()
    changes: dict[str, Any] = {}
    prev_hash: str
    hash: str


@web.get("/api/v1/developer/audit_logs", credentials=READERS, rate="api", scopes=("team:read",))
async def list_own_audit_logs(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    action: Text = None,
    cursor: Number = None,
    per_page: PerPage = 50,
) -> Response[list[EntryView]]:
    """What was done in your organisation, newest first."""
    async with ground.db.transaction() as tx:
        chosen = await choose.organization(tx, caller(request), None, ground.clock.now())
    wanted = Filters(organization_id=chosen.organization_id, action=action)
    found = await store.search(ground.db, wanted, cursor, per_page)
    return Response(
        [view(link) for link in found], headers=paging.link(request, ground.issuer, [one.id for one in found], per_page)
    )


ROUTES = [list_own_audit_logs]


def view(link: Link) -> EntryView:
    shown = EntryView(
        id=link.id,
        occurred_at=link.occurred_at,
        actor_type=link.actor_type,
        actor_id=link.actor_id,
        action=link.action,
        target_type=link.target_type,
        target_id=link.target_id,
        organization_id=link.organization_id,
        prev_hash=link.prev_hash.hex(),
        hash=link.hash.hex(),
    )
    if link.body is None:
        return shown
    entry = msgspec.json.decode(link.body, type=Entry)
    rest = ("pak_id", "created_via", "client_type_header", "ip", "user_agent", "request_id", "risk_flags", "changes")
    return msgspec.structs.replace(shown, **{name: getattr(entry, name) for name in rest})
