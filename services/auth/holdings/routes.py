"""A copy of everything that is held about a person, as one JSON document."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given
from services.auth import step_up
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.holdings import store


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """`tables` and `registry` by the names of their tables, the latter what is held with apps and organisations.

    `cut` names those tables of which only the latest 10,000 rows are there; of registry's there are 1,000 at most.
    """

    exported_at: datetime
    user_id: str
    tables: dict[str, list[dict[str, Any]]]
    registry: dict[str, list[dict[str, Any]]]
    cut: list[str]


async def copy(ground: Ground, user_id: int) -> Copy:
    """Of the person with this number; secrets are left out. Without registry's answer there is none (503)."""
    tables = await store.shown(ground.db, user_id)
    account = await accounts.by_id(ground.db, user_id)
    proved = None if account is None or account.identity_verified_level == 0 else account.email
    return Copy(
        exported_at=ground.clock.now(),
        user_id=str(user_id),
        tables=tables,
        registry=await ground.held_by_registry(user_id, proved),
        cut=[name for name, rows in tables.items() if len(rows) >= store.MOST],
    )


@web.get("/api/v1/me/export", credentials=("session",), rate="api", timeout_ms=30_000, tags=["Account"])
async def export_me(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[Copy]:
    """Everything that is held about you. 403 `step_up_required` unless you have shown a moment ago who you are."""
    step_up.require(ground, web.principal(request))
    return _document(await copy(ground, web.person(request).user_id))


@web.get(
    "/account/export", credentials=("session",), rate="page", face="page", timeout_ms=30_000, include_in_schema=False
)
async def export_page(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[Copy]:
    """The same as a file; who has to confirm first is led there and back."""
    step_up.require(ground, web.principal(request))
    return _document(await copy(ground, web.person(request).user_id))


def _document(found: Copy) -> Response[Copy]:
    name = f"logi-{found.user_id}-{found.exported_at:%Y-%m-%d}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(found, media_type="application/json", headers=headers)


ROUTES = [export_me, export_page]
