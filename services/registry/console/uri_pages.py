"""The redirect URIs of an app's page: one is added, or one removed, each by a button of its own."""

from typing import Any

from litestar import Request, Response

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry.applications import edit, parse
from services.registry.console.app_pages import ONE, at, closely
from services.registry.ground import Ground
from services.registry.paths import Id


@web.post(f"{ONE}/uris/add", **PAGE)
async def add_uri_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Adds it; shown again with what is wrong with it."""
    uri = texts(await form(request)).get("uri", "")
    try:
        await edit.add_redirect_uri(ground, parse.who(request, application_id), uri)
    except Problem as refusal:
        if refusal.status != 422:
            raise
        return await closely(request, ground, pages, application_id, refusal, uri)
    return see_other(f"{at(application_id)}?saved=1#uris")


@web.post(f"{ONE}/uris/remove", **PAGE)
async def remove_uri_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Removes it; the last one stays."""
    # As it is registered, byte for byte.
    uri = str((await form(request)).get("uri", ""))
    try:
        await edit.remove_redirect_uri(ground, parse.who(request, application_id), uri)
    except Problem as refusal:
        if refusal.status != 422:
            raise
        return await closely(request, ground, pages, application_id, refusal)
    return see_other(f"{at(application_id)}?saved=1#uris")


ROUTES = [add_uri_form, remove_uri_form]
