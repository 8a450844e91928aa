"""Who looks at a page, and whether a form came from one of ours."""

from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request

from chassis import web
from chassis.problems import Unauthorized
from chassis.web.guard import check_csrf
from contracts.principal import Session
from services.registry import callers
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.invitations import store

TEMPLATES: Final = Path(__file__).parent / "pages"

PAGE: Final[dict[str, Any]] = {
    "credentials": ("session",),
    "rate": "page",
    "face": "page",
    "include_in_schema": False,
}


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """As the frame of every page shows them; `email` as auth announced it."""

    user_id: int
    sub: str
    email: str | None
    role: str
    verified: bool
    csrf_token: str


async def visitor(request: Request[Any, Any, Any], ground: Ground) -> Visitor:
    """Raises Unauthorized, which a page turns into a sign-in."""
    found = session(request)
    async with ground.db.connection() as connection:
        email = await store.address(connection, found.user_id)
    return Visitor(
        user_id=found.user_id,
        sub=found.sub,
        email=email,
        role=found.role,
        verified=found.identity_verified_level > 0,
        csrf_token=found.csrf_token,
    )


def session(request: Request[Any, Any, Any]) -> Session:
    """Raises Unauthorized."""
    found = web.principal(request)
    if not isinstance(found, Session):
        raise Unauthorized
    return found


async def form(request: Request[Any, Any, Any]) -> tuple[Caller, dict[str, str], list[str]]:
    """Who sent it, its fields, and the `acknowledged_flags` that were ticked. Raises Unauthorized, CsrfTokenMissing."""
    sent = await request.form()
    check_csrf(session(request), str(sent.get("csrf_token", "")))
    fields = {name: str(sent.get(name, "")).strip() for name in sent}
    return callers.caller(request), fields, [str(flag) for flag in sent.getall("acknowledged_flags", [])]


def as_administrator(caller: Caller) -> Caller:
    """The same person's act as an administrator; whether they are one is for the verb to ask."""
    return msgspec.structs.replace(caller, kind="admin")
