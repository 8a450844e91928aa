"""`…/redirect_uri_verifications` and `…/verify_redirect_uri` for keys and tokens, the console, and administrators."""

from typing import Any

from litestar import Request
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from chassis.web.numbers import Id
from services.verifier import caller
from services.verifier.caller import Caller
from services.verifier.ground import Ground
from services.verifier.redirect_uris import show, verify
from services.verifier.redirect_uris.representation import (
    Confirmed,
    Unconfirmed,
    UriBody,
    Verifications,
    show_checked,
    show_uri,
)

CALLERS = ("session", "pak", "access_token")
PROBE = {"rate": "verify", "pool": "probe", "timeout_ms": 20_000}


@web.get(
    "/api/v1/applications/{application_id:int}/redirect_uri_verifications",
    credentials=CALLERS,
    rate="api",
    scopes=("apps:read",),
)
async def list_redirect_uri_verifications(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Verifications:
    """What to publish for each redirect URI of the app, and how its verification stands."""
    return await _listed(ground, caller.developer(request), application_id)


@web.post(
    "/api/v1/applications/{application_id:int}/verify_redirect_uri",
    credentials=CALLERS,
    scopes=("apps:manage",),
    **PROBE,
)
async def verify_redirect_uri(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[UriBody], ground: Given[Ground]
) -> Confirmed | Unconfirmed:
    """Looks for the challenge in DNS, then on the host; once a minute for each URI. A failed challenge answers 200."""
    return await _verified(ground, caller.developer(request), application_id, data.uri)


@web.get(
    "/developer/applications/{application_id:int}/redirect_uri_verifications", credentials=("session",), rate="page"
)
async def list_redirect_uri_verifications_in_console(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Verifications:
    """The same for the console's session, whose person must be a developer."""
    return await _listed(ground, caller.console(request), application_id)


@web.post("/developer/applications/{application_id:int}/verify_redirect_uri", credentials=("session",), **PROBE)
async def verify_redirect_uri_in_console(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[UriBody], ground: Given[Ground]
) -> Confirmed | Unconfirmed:
    """The same for the console's session, with its CSRF token."""
    return await _verified(ground, caller.console(request), application_id, data.uri)


@web.get(
    "/api/v1/admin/applications/{application_id:int}/redirect_uri_verifications",
    credentials=CALLERS,
    rate="api",
    scopes=("admin:read",),
)
async def list_redirect_uri_verifications_as_admin(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Verifications:
    """The same of any app, for administrators."""
    return await _listed(ground, caller.administrator(request), application_id)


@web.post(
    "/api/v1/admin/applications/{application_id:int}/verify_redirect_uri",
    credentials=CALLERS,
    scopes=("admin:review",),
    **PROBE,
)
async def verify_redirect_uri_as_admin(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[UriBody], ground: Given[Ground]
) -> Confirmed | Unconfirmed:
    """The same for any app, for administrators; under the same limits."""
    return await _verified(ground, caller.administrator(request), application_id, data.uri)


ROUTES = [
    list_redirect_uri_verifications,
    verify_redirect_uri,
    list_redirect_uri_verifications_in_console,
    verify_redirect_uri_in_console,
    list_redirect_uri_verifications_as_admin,
    verify_redirect_uri_as_admin,
]


async def _listed(ground: Ground, who: Caller, application_id: int) -> Verifications:
    shown = await show.all_of(ground, who, application_id)
    return Verifications(verifications=[show_uri(each) for each in shown])


async def _verified(ground: Ground, who: Caller, application_id: int, uri: str) -> Confirmed | Unconfirmed:
    return show_checked(await verify.redirect_uri(ground, who, application_id, uri))
