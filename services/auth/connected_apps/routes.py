"""/api/v1/me/connected_apps: what was let in, and every way to end it."""

from typing import Any
from urllib.parse import unquote

from litestar import Request
from litestar.params import FromPath

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from services.auth.connected_apps import store, take_back, withdraw
from services.auth.connected_apps.disconnect import disconnect
from services.auth.connected_apps.store import ConnectedApp
from services.auth.ground import Ground


@web.get(
    "/api/v1/me/connected_apps",
    credentials=("session", "pak"),
    scopes=("profile:read",),
    rate="api",
    tags=["Connected apps"],
)
async def list_connected_apps(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[ConnectedApp]:
    """The applications you have let in, the latest first."""
    return await store.of_person(ground.db, web.person(request).user_id, ground.clock.now())


@web.delete(
    "/api/v1/me/connected_apps/{client_id:str}",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Connected apps"],
)
async def disconnect_app(request: Request[Any, Any, Any], ground: Given[Ground], client_id: FromPath[str]) -> None:
    """Ends grant, consent and every token at once, and tells the application (`user.unlinked`); 404 if gone already."""
    await disconnect(ground, web.person(request).user_id, unquote(client_id))


@web.delete(
    "/api/v1/me/connected_apps/{client_id:str}/scopes/{permission:str}",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Connected apps"],
    told=Told(answers=(409,)),
)
async def withdraw_scope(
    request: Request[Any, Any, Any], ground: Given[Ground], client_id: FromPath[str], permission: FromPath[str]
) -> None:
    """Takes one permission back (`consent.revoked`): tokens that carry it end, the others stay.

    404 where it is not granted; 409 `last_scope` where nothing would remain.
    """
    await withdraw.scope(ground, web.person(request).user_id, unquote(client_id), unquote(permission))


@web.delete(
    "/api/v1/me/connected_apps/{client_id:str}/grants",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Connected apps"],
)
async def revoke_app_grants(request: Request[Any, Any, Any], ground: Given[Ground], client_id: FromPath[str]) -> None:
    """Takes back everything that one application was given (`user.grants_revoked`); 404 if that is nothing."""
    await take_back.grants(ground, web.person(request).user_id, unquote(client_id))


@web.delete(
    "/api/v1/me/connected_apps",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Connected apps"],
)
async def revoke_all_grants(request: Request[Any, Any, Any], ground: Given[Ground]) -> None:
    """Takes back everything from every application; each hears `user.grants_revoked`."""
    await take_back.grants(ground, web.person(request).user_id)


ROUTES = [
    list_connected_apps,
    disconnect_app,
    withdraw_scope,
    revoke_app_grants,
    revoke_all_grants,
]
