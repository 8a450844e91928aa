"""`/api/v1/applications`: parse, call one verb, answer."""

from typing import Annotated, Any, Literal

from litestar import Request, Response
from litestar.params import FromQuery, JSONBody, QueryParameter

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from services.registry.applications import edit, parse
from services.registry.applications import representation as views
from services.registry.applications.change import Changed
from services.registry.applications.parse import READERS
from services.registry.applications.representation import (
    ApplicationView,
    SecretView,
    UriBody,
    Wrapped,
)
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.lists import paging
from services.registry.lists import store as lists
from services.registry.lists.store import Filters
from services.registry.paths import Id

PATH = "/api/v1/applications/{application_id:int}"
Number = Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)]
PerPage = Annotated[int, QueryParameter(ge=1, le=100)]


@web.get("/api/v1/applications", credentials=READERS, rate="api", scopes=("apps:read",))
async def list_applications(  # noqa: PLR0913, PLR0917 - the filters of registry.md 3
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    environment: FromQuery[Literal["test", "live"] | None] = None,
    status: Annotated[str | None, QueryParameter(max_length=32)] = None,
    tier: FromQuery[Literal["free", "production"] | None] = None,
    organization: Annotated[str | None, QueryParameter(max_length=64)] = None,
    cursor: Number = None,
    before: Number = None,
    page: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1,
    per_page: PerPage = 50,
) -> Response[list[ApplicationView]]:
    """The apps of your organisations, newest first; the `Link` header leads to the next page at any depth."""
    wanted = Filters(environment=environment, status=status, tier=tier, organization=organization)
    skipped = paging.skipped(page, per_page)
    found = await lists.of_member(
        ground.db, caller(request).user_id, wanted, cursor or before, per_page, 0 if cursor or before else skipped
    )
    link = paging.link(request, ground.issuer, [key.id for key in found], per_page)
    return raw(b"[" + b",".join(await ground.rendered.of(ground.db, found, views.encoded)) + b"]", link)


@web.get(PATH, credentials=READERS, rate="api", scopes=("apps:read",))
async def get_application(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[ApplicationView]:
    """One app; 404 for those of other organisations too. The ETag serves If-Match."""
    key = await lists.one_of_member(ground.db, caller(request).user_id, application_id)
    found = [] if key is None else await ground.rendered.of(ground.db, [key], views.encoded)
    if key is None or not found:
        raise NotFound
    return raw(found[0], {"etag": f'W/"{key.version}"'})


@web.patch(PATH, credentials=READERS, rate="api", scopes=("apps:manage",))
async def update_application(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[Wrapped], ground: Given[Ground]
) -> Response[ApplicationView]:
    """Edits what the body names. With If-Match, 412 when the app has changed since."""
    body = parse.body(data)
    named = body.client_type if isinstance(body.client_type, str) else None
    return _changed(await edit.application(ground, parse.who(request, application_id), parse.patch(body), named))


@web.post(f"{PATH}/redirect_uris", credentials=READERS, rate="api", scopes=("apps:manage",))
async def add_redirect_uri(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[UriBody], ground: Given[Ground]
) -> Response[ApplicationView]:
    """Adds one redirect URI, usable when this answers."""
    return _changed(await edit.add_redirect_uri(ground, parse.who(request, application_id), data.uri))


@web.delete(f"{PATH}/redirect_uris", credentials=READERS, rate="api", scopes=("apps:manage",))
async def remove_redirect_uri(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[UriBody], ground: Given[Ground]
) -> Response[ApplicationView]:
    """Removes one redirect URI, refused everywhere when this answers; the last one stays."""
    return _changed(await edit.remove_redirect_uri(ground, parse.who(request, application_id), data.uri))


@web.post(f"{PATH}/rotate_secret", credentials=READERS, rate="api", scopes=("apps:manage",))
async def rotate_secret(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[SecretView]:
    """A new client secret, shown this once; the old one is dead when this answers."""
    done = await edit.rotate_secret(ground, parse.who(request, application_id))
    return web.Answer(views.show_secret(done), headers={"cache-control": "no-store", **views.etag(done.stored)})


ROUTES = [
    list_applications,
    get_application,
    update_application,
    add_redirect_uri,
    remove_redirect_uri,
    rotate_secret,
]


def raw(body: bytes, headers: dict[str, str]) -> Response[Any]:
    """JSON that is written already."""
    return web.Answer(body, media_type="application/json", headers=headers)


def _changed(done: Changed) -> Response[ApplicationView]:
    return web.Answer(views.show_changed(done.stored, done.spread), headers=views.etag(done.stored))
