"""/api/v1/me/sessions: where a person is signed in."""

from typing import Any

import msgspec
from litestar import Request
from litestar.params import FromPath

from chassis import web
from chassis.web import Given
from contracts.principal import Session
from services.auth.ground import Ground
from services.auth.sessions import listing as sessions
from services.auth.sessions.listing import SessionView

PATH = "/api/v1/me/sessions"


class Ended(msgspec.Struct, frozen=True):
    """How many sessions ended."""

    ended: int


@web.get(PATH, credentials=("session", "pak"), scopes=("profile:read",), rate="api", tags=["Sessions"])
async def list_sessions(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[SessionView]:
    """Living browser sessions, the one that was seen last first."""
    return await sessions.living(ground, web.person(request).user_id, _current(request))


@web.delete(
    f"{PATH}/{{session_id:str}}",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Sessions"],
)
async def end_session_of_mine(
    request: Request[Any, Any, Any], ground: Given[Ground], session_id: FromPath[str]
) -> None:
    """Ends one at once; 404 for one that is not yours or is over."""
    await sessions.end(ground, web.person(request).user_id, session_id)


@web.delete(PATH, credentials=("session", "pak"), scopes=("profile:write",), rate="api", tags=["Sessions"])
async def end_other_sessions(request: Request[Any, Any, Any], ground: Given[Ground]) -> Ended:
    """Ends every session but the one that asks; with a key, every one."""
    return Ended(await sessions.end_others(ground, web.person(request).user_id, _current(request)))


def _current(request: Request[Any, Any, Any]) -> str | None:
    caller = web.principal(request)
    return caller.session_id if isinstance(caller, Session) else None


ROUTES = [list_sessions, end_session_of_mine, end_other_sessions]
