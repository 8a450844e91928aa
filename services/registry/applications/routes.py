"""`/api/v1/applications`: parse, call one verb, answer."""

import re
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, JSONBody, Parameter

from chassis import web
from chassis.problems import InvalidRequest, ValidationFailed
from chassis.web import Given
from contracts.applications import CreatedVia
from contracts.principal import AccessToken, Pak, Session
from services.registry.applications import change, register, show
from services.registry.applications.change import ApplicationPatch, Who
from services.registry.applications.refusals import ClientTypeImmutable
from services.registry.applications.register import NewApplication
from services.registry.applications.representation import (
    ApplicationBody,
    ApplicationView,
    SecretView,
    UriBody,
    Wrapped,
    show_changed,
    show_registered,
)
from services.registry.applications.representation import show as view
from services.registry.ground import Ground

READERS = ("session", "pak", "access_token")
_VERSION = re.compile(r'(?:W/)?"(\d+)"')


@web.post(
    "/api/v1/applications",
    credentials=READERS,
    rate="registration",
    scopes=("apps:manage",),
    status_code=201,
    body_limit=64 * 1024,
)
async def create_application(
    request: Request[Any, Any, Any], data: JSONBody[Wrapped], ground: Given[Ground]
) -> Response[ApplicationView]:
    """Registers an app. The secrets in the answer are shown this once; a repeat answers 200 with `existing`."""
    body = _body(data)
    if isinstance(body.name, msgspec.UnsetType) or isinstance(body.redirect_uris, msgspec.UnsetType):
        raise ValidationFailed(fields={"application": ["name and redirect_uris are required"]})
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
    new = NewApplication(**given)
    done = await register.application(ground, _developer(request), new, _channel(request))
    if done.spread is None:
        again = view(done.stored)
        again.existing, again.client_secret = True, None
        return Response(again, status_code=200)
    return Response(show_registered(done.stored, done.spread, done.secret), status_code=201)


@web.get("/api/v1/applications", credentials=READERS, rate="api", scopes=("apps:read",))
async def list_applications(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    before: Annotated[int | None, Parameter(ge=1)] = None,
    per_page: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> list[ApplicationView]:
    """The apps of your organisations, newest first; `before` is the last id of the page before."""
    return [view(stored) for stored in await show.mine(ground, _user_id(request), before, per_page)]


@web.get("/api/v1/applications/{application_id:int}", credentials=READERS, rate="api", scopes=("apps:read",))
async def get_application(
    request: Request[Any, Any, Any], application_id: FromPath[int], ground: Given[Ground]
) -> Response[ApplicationView]:
    """One app; 404 for those of other organisations too. The ETag serves If-Match."""
    stored = await show.one(ground, _user_id(request), application_id)
    return Response(view(stored), headers={"etag": f'W/"{stored.application.version}"'})


@web.patch("/api/v1/applications/{application_id:int}", credentials=READERS, rate="api", scopes=("apps:manage",))
async def update_application(
    request: Request[Any, Any, Any],
    application_id: FromPath[int],
    data: JSONBody[Wrapped],
    ground: Given[Ground],
) -> ApplicationView:
    """Edits what the body names. With If-Match, 412 when the app has changed since."""
    body = _body(data)
    who = _who(request, application_id)
    if not isinstance(body.client_type, msgspec.UnsetType):
        current = await show.one(ground, who.user_id, application_id)
        if current.application.client_type != body.client_type:
            raise ClientTypeImmutable
    patch = ApplicationPatch(**{name: getattr(body, name) for name in ApplicationPatch.__struct_fields__})
    done = await change.edit(ground, who, patch)
    return show_changed(done.stored, done.spread)


@web.post(
    "/api/v1/applications/{application_id:int}/redirect_uris",
    credentials=READERS,
    rate="api",
    scopes=("apps:manage",),
)
async def add_redirect_uri(
    request: Request[Any, Any, Any],
    application_id: FromPath[int],
    data: JSONBody[UriBody],
    ground: Given[Ground],
) -> ApplicationView:
    """Adds one redirect URI, usable when this answers."""
    done = await change.add_redirect_uri(ground, _who(request, application_id), data.uri)
    return show_changed(done.stored, done.spread)


@web.delete(
    "/api/v1/applications/{application_id:int}/redirect_uris",
    credentials=READERS,
    rate="api",
    scopes=("apps:manage",),
)
async def remove_redirect_uri(
    request: Request[Any, Any, Any],
    application_id: FromPath[int],
    data: JSONBody[UriBody],
    ground: Given[Ground],
) -> ApplicationView:
    """Removes one redirect URI, refused everywhere when this answers; the last one stays."""
    done = await change.remove_redirect_uri(ground, _who(request, application_id), data.uri)
    return show_changed(done.stored, done.spread)


@web.post(
    "/api/v1/applications/{application_id:int}/rotate_secret",
    credentials=READERS,
    rate="api",
    scopes=("apps:manage",),
)
async def rotate_secret(
    request: Request[Any, Any, Any], application_id: FromPath[int], ground: Given[Ground]
) -> Response[SecretView]:
    """A new client secret, shown this once; the old one is dead when this answers."""
    done = await change.rotate_secret(ground, _who(request, application_id))
    app = done.stored.application
    shown = SecretView(
        client_id=app.client_id,
        client_secret=done.secret or "",
        rotated_at=app.updated_at,
        propagation=done.spread.propagation,
    )
    return Response(shown, headers={"cache-control": "no-store"})


ROUTES = [
    create_application,
    list_applications,
    get_application,
    update_application,
    add_redirect_uri,
    remove_redirect_uri,
    rotate_secret,
]


def _body(data: JSONBody[Wrapped]) -> ApplicationBody:
    body = data.application or data.oauth_application
    if body is None:
        raise ValidationFailed(fields={"application": ["the body nests under this name"]})
    return body


def _developer(request: Request[Any, Any, Any]) -> Session | Pak | AccessToken:
    caller = web.principal(request)
    if not isinstance(caller, Session | Pak | AccessToken):
        raise TypeError("the guard admits persons and access tokens only")
    return caller


def _user_id(request: Request[Any, Any, Any]) -> int:
    """A token that stands for no person (client_credentials) sees nothing on this face: it is in no organisation."""
    return _developer(request).user_id or 0


def _who(request: Request[Any, Any, Any], application_id: int) -> Who:
    shown = request.headers.get("if-match")
    if shown is None or shown == "*":
        return Who(user_id=_user_id(request), application_id=application_id)
    match = _VERSION.fullmatch(shown)
    if match is None:
        raise InvalidRequest("If-Match is not an entity tag of an app.")
    return Who(user_id=_user_id(request), application_id=application_id, version=int(match[1]))


def _channel(request: Request[Any, Any, Any]) -> CreatedVia:
    """How the app was registered, kept for ever; a caller may name itself cli or mcp, nothing else (registry.md 4)."""
    if isinstance(web.principal(request), Session):
        return "web"
    named = request.headers.get("x-logi-client-type", "").lower()
    return "cli" if named == "cli" else "mcp" if named == "mcp" else "api"
