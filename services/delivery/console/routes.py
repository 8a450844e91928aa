"""`/developer/applications/{id}/webhooks`: the same verbs as the API's, by forms that need no script."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromQuery

from chassis import web
from chassis.web import Given
from chassis.web.console import PAGE, form, texts, visitor
from chassis.web.numbers import Id
from chassis.web.pages import Pages, see_other
from contracts.applications import Application
from services.delivery.caller import Actor, developer
from services.delivery.endpoints import enable
from services.delivery.endpoints import store as endpoints
from services.delivery.ground import Ground
from services.delivery.keys import rotate
from services.delivery.queue import replay, representation, show
from services.delivery.queue.store import Asked
from services.delivery.registry import Need, Registry
from services.delivery.trial import send

TEMPLATES: Final = Path(__file__).parent / "pages"

HERE: Final = "/developer/applications/{application_id:int}/webhooks"
SHOWN = 50


@web.get(HERE, **PAGE)
async def webhooks_page(  # noqa: PLR0913, PLR0917 - two of the query besides
    request: Request[Any, Any, Any],
    application_id: Id,
    ground: Given[Ground],
    registry: Given[Registry],
    pages: Given[Pages],
    status: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The latest webhooks with what became of each, and whether any are sent at all."""
    _, app = await _allowed(request, registry, application_id, "read")
    return await _page(request, ground, pages, app, (status, cursor))


@web.post(f"{HERE}/secret", **PAGE)
async def secret_form(
    request: Request[Any, Any, Any],
    application_id: Id,
    ground: Given[Ground],
    registry: Given[Registry],
    pages: Given[Pages],
) -> Response[bytes]:
    """The secret of the older form anew, shown this once; for owners and admins, as the API has it."""
    await form(request)
    actor, app = await _allowed(request, registry, application_id, "own")
    new = await rotate.webhook_secret(ground, actor, app.client_id)
    return await _page(request, ground, pages, app, (None, None), new.webhook_secret)


@web.post(f"{HERE}/enable", **PAGE)
async def enable_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], registry: Given[Registry]
) -> Response[bytes]:
    """Pushes begin again."""
    actor, app, _ = await _pressed(request, registry, application_id)
    await enable.endpoint(ground, actor, app.client_id)
    return _back(application_id)


@web.post(f"{HERE}/test", **PAGE)
async def test_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], registry: Given[Registry]
) -> Response[bytes]:
    """Sends `webhook.test`; its outcome is on the list."""
    actor, app, _ = await _pressed(request, registry, application_id)
    await send.test(ground, actor, app.client_id)
    return _back(application_id)


@web.post(f"{HERE}/redeliver", **PAGE)
async def redeliver_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], registry: Given[Registry]
) -> Response[bytes]:
    """A dead webhook goes out again, as if it were new."""
    actor, app, fields = await _pressed(request, registry, application_id)
    row = representation.row_of(fields.get("delivery_id", ""))
    with suppress(replay.NotDead):  # pressed twice: what was wanted is done
        await replay.by_developer(ground, actor, app.client_id, row)
    return _back(application_id)


ROUTES = [webhooks_page, secret_form, enable_form, test_form, redeliver_form]


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    app: Application,
    asked: tuple[str | None, str | None],
    secret: str | None = None,
) -> Response[bytes]:
    """`asked` is the status that is wanted and from where the list goes on."""
    status, cursor = asked
    wanted = show.SHOWN_TO_DEVELOPERS.get(status or "")
    before = show.cursor_of(cursor)
    listed = await show.deliveries(ground, Asked(client_id=app.client_id, status=wanted, before=before, limit=SHOWN))
    return pages.render(
        request,
        "webhooks.html",
        at=f"/developer/applications/{app.id}/webhooks",
        visitor=visitor(request),
        here="apps",
        app=app,
        disabled=await endpoints.disabled_because(ground.db, app.client_id),
        deliveries=listed.deliveries,
        cursor=listed.next_cursor,
        chosen=status if wanted else None,
        statuses=list(show.SHOWN_TO_DEVELOPERS),
        secret=secret,
    )


async def _allowed(
    request: Request[Any, Any, Any], registry: Registry, application_id: int, need: Need
) -> tuple[Actor, Application]:
    """Raises what registry says of a stranger."""
    actor = developer(request)
    return actor, await registry.application(actor.user_id, application_id, need)


async def _pressed(
    request: Request[Any, Any, Any], registry: Registry, application_id: int
) -> tuple[Actor, Application, dict[str, str]]:
    """Raises Unauthorized, CsrfTokenMissing, and what registry says of a stranger."""
    fields = texts(await form(request))
    return *await _allowed(request, registry, application_id, "manage"), fields


def _back(application_id: int) -> Response[bytes]:
    return see_other(f"/developer/applications/{application_id}/webhooks")
