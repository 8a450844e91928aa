"""The trash of `/api/v1/applications`."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from services.registry.applications import parse, trash
from services.registry.applications import representation as views
from services.registry.applications.parse import READERS
from services.registry.applications.representation import ApplicationView, DeletedView
from services.registry.applications.routes import PATH, Number, PerPage, raw
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.lists import paging
from services.registry.lists import store as lists
from services.registry.lists.store import Filters
from services.registry.paths import Id


class PurgeBody(msgspec.Struct, kw_only=True):
    """The exact name of the app, typed by whoever means it."""

    name: Annotated[str, msgspec.Meta(max_length=200)]


@web.delete(PATH, credentials=READERS, rate="api", scopes=("apps:manage",))
async def delete_application(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> DeletedView:
    """Moves the app to the trash for 30 days. Its client_id is refused and its tokens are dead when this answers."""
    done = await trash.delete(ground, parse.who(request, application_id))
    return views.show_deleted(done)


@web.get("/api/v1/applications/trash", credentials=READERS, rate="api", scopes=("apps:read",))
async def list_trash(
    request: Request[Any, Any, Any], ground: Given[Ground], cursor: Number = None, per_page: PerPage = 50
) -> Response[list[ApplicationView]]:
    """Trashed apps of your organisations with the moment until which they can be restored."""
    found = await lists.of_member(ground.db, caller(request).user_id, Filters(trashed=True), cursor, per_page)
    link = paging.link(request, ground.issuer, [key.id for key in found], per_page)
    return raw(b"[" + b",".join(await ground.rendered.of(ground.db, found, views.encoded)) + b"]", link)


@web.post(f"{PATH}/restore", credentials=READERS, rate="api", scopes=("apps:manage",))
async def restore_application(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[ApplicationView]:
    """Brings a trashed app back, without its tokens and grants; a confidential one has to rotate its secret."""
    done = await trash.restore(ground, parse.who(request, application_id))
    return Response(views.show_changed(done.stored, done.spread), headers=views.etag(done.stored))


@web.post(f"{PATH}/purge", credentials=READERS, rate="api", scopes=("apps:manage",), status_code=204)
async def purge_application(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[PurgeBody], ground: Given[Ground]
) -> None:
    """Removes a trashed app for good; its client_id is never given again."""
    await trash.purge(ground, parse.who(request, application_id), data.name)


ROUTES = [delete_application, list_trash, restore_application, purge_application]
