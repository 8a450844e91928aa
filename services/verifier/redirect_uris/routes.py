"""`…/redirect_uri_verifications` and `…/verify_redirect_uri`: parse, call one verb, answer."""

from typing import Any

from litestar import Request
from litestar.params import FromPath, JSONBody

from chassis import web
from chassis.web import Given
from contracts.principal import AccessToken, Pak, Session
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


@web.get(
    "/api/v1/applications/{application_id:int}/redirect_uri_verifications",
    credentials=CALLERS,
    rate="api",
    scopes=("apps:read",),
)
async def list_redirect_uri_verifications(
    request: Request[Any, Any, Any], application_id: FromPath[int], ground: Given[Ground]
) -> Verifications:
    """What to publish for each redirect URI of the app, and how its verification stands."""
    shown = await show.all_of(ground, _user_id(request), application_id)
    return Verifications(verifications=[show_uri(each) for each in shown])


@web.post(
    "/api/v1/applications/{application_id:int}/verify_redirect_uri",
    credentials=CALLERS,
    rate="verify",
    scopes=("apps:manage",),
    pool="probe",
    timeout_ms=20_000,
)
async def verify_redirect_uri(
    request: Request[Any, Any, Any],
    application_id: FromPath[int],
    data: JSONBody[UriBody],
    ground: Given[Ground],
) -> Confirmed | Unconfirmed:
    """Looks for the challenge in DNS, then on the host; once a minute for each URI. A failed challenge answers 200."""
    return show_checked(await verify.redirect_uri(ground, _user_id(request), application_id, data.uri))


ROUTES = [list_redirect_uri_verifications, verify_redirect_uri]


def _user_id(request: Request[Any, Any, Any]) -> int:
    """A token that stands for no person (client_credentials) sees nothing on this face: it is in no organisation."""
    caller = web.principal(request)
    if not isinstance(caller, Session | Pak | AccessToken):
        raise TypeError("the guard admits persons and access tokens only")
    return caller.user_id or 0
