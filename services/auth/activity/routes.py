"""/api/v1/me/login_logs with its trash (cli-mcp-docs.md 6)."""

from typing import Annotated, Any, Final, TypeAlias

from litestar import Request, Response
from litestar.params import PathParameter, QueryParameter

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from services.auth.activity import store
from services.auth.activity.store import LoginLog
from services.auth.ground import Ground

MOST: Final = 100

Id: TypeAlias = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=MOST, description="Entries of one page.")]
Before: TypeAlias = Annotated[
    int | None, QueryParameter(ge=0, le=2**63 - 1, description="The number of the last entry of the page before.")
]


@web.get(
    "/api/v1/me/login_logs",
    credentials=("session", "pak"),
    scopes=("login_history:read",),
    rate="api",
    tags=["Activity"],
)
async def list_login_logs(
    request: Request[Any, Any, Any], ground: Given[Ground], limit: Limit = 50, before: Before = None
) -> Response[list[LoginLog]]:
    """Tries to sign in to your account within 180 days, the latest first; `Link` names the next page."""
    path = "/api/v1/me/login_logs"
    return _paged(await store.page(ground.db, web.person(request).user_id, before, limit), limit, path)


@web.get(
    "/api/v1/me/login_logs/trash",
    credentials=("session", "pak"),
    scopes=("login_history:write",),
    rate="api",
    tags=["Activity"],
)
async def list_trashed_login_logs(
    request: Request[Any, Any, Any], ground: Given[Ground], limit: Limit = 50, before: Before = None
) -> Response[list[LoginLog]]:
    """Entries that you have put into the trash; 30 days after that they are gone."""
    path = "/api/v1/me/login_logs/trash"
    return _paged(await store.trash(ground.db, web.person(request).user_id, before, limit), limit, path)


@web.delete(
    "/api/v1/me/login_logs/{log_id:int}",
    credentials=("session", "pak"),
    scopes=("login_history:write",),
    rate="api",
    status_code=204,
    tags=["Activity"],
)
async def delete_login_log(request: Request[Any, Any, Any], ground: Given[Ground], log_id: Id) -> None:
    """Puts an entry into the trash; 404 for one that is not yours or is there already."""
    if not await store.throw(ground.db, web.person(request).user_id, log_id, ground.clock.now()):
        raise NotFound


@web.post(
    "/api/v1/me/login_logs/{log_id:int}/restore",
    credentials=("session", "pak"),
    scopes=("login_history:write",),
    rate="api",
    tags=["Activity"],
)
async def restore_login_log(request: Request[Any, Any, Any], ground: Given[Ground], log_id: Id) -> LoginLog:
    """Takes an entry out of the trash; 404 for one that is not in it."""
    entry = await store.take_back(ground.db, web.person(request).user_id, log_id)
    if entry is None:
        raise NotFound
    return entry


def _paged(entries: list[LoginLog], limit: int, path: str) -> Response[list[LoginLog]]:
    """With the next page in `Link` (RFC 8288) where there may be one."""
    more = {"link": f'<{path}?limit={limit}&before={entries[-1].id}>; rel="next"'} if len(entries) == limit else {}
    return Response(entries, headers=more)


ROUTES = [list_login_logs, list_trashed_login_logs, delete_login_log, restore_login_log]
