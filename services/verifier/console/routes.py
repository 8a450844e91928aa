"""`/developer/applications/{id}/hosts`: the same verbs as the API's, by forms that need no script."""

from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.console import PAGE, form, texts, visitor
from chassis.web.numbers import Id
from chassis.web.pages import Pages, see_other
from services.verifier import caller
from services.verifier.caller import Caller
from services.verifier.ground import Ground
from services.verifier.health import change, chart, representation, store
from services.verifier.health.change import Switch
from services.verifier.redirect_uris import show, verify
from services.verifier.redirect_uris.representation import show_checked, show_uri

TEMPLATES: Final = Path(__file__).parent / "pages"

HERE: Final = "/developer/applications/{application_id:int}/hosts"
PROBE: Final = {**PAGE, "rate": "verify", "pool": "probe", "timeout_ms": 40_000}


@web.get(HERE, **PAGE)
async def hosts_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """What to publish for each host and how its proof stands; how the relying party is, and has been."""
    return await _page(request, ground, pages, application_id)


@web.post(f"{HERE}/verify", **PROBE)
async def verify_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Looks for the proof of one URI now, and says what was found; the finding stands nowhere else."""
    who, fields = await _form(request)
    checked = await verify.redirect_uri(ground, who, application_id, fields.get("uri", ""))
    return await _page(request, ground, pages, application_id, looked=show_checked(checked), uri=fields.get("uri"))


@web.post(f"{HERE}/check", **PROBE)
async def check_form(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> Response[bytes]:
    """Looks at the relying party now."""
    who, _ = await _form(request)
    await change.check_now(ground, who, application_id)
    return _back(application_id)


@web.post(f"{HERE}/switch", **PAGE)
async def switch_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Switches the check or chooses its host; the first secret is shown this once."""
    who, fields = await _form(request)
    wanted = Switch(
        enabled=fields["enabled"] == "on" if "enabled" in fields else msgspec.UNSET,
        host=(fields["host"] or None) if "host" in fields else msgspec.UNSET,
    )
    switched = await change.switch(ground, who, application_id, wanted)
    if switched.secret is None:
        return _back(application_id)
    return await _page(request, ground, pages, application_id, secret=switched.secret.reveal())


@web.post(f"{HERE}/secret", **PAGE)
async def rotate_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """A new secret, shown this once, for who has confirmed a moment ago who they are."""
    who, fields = await _form(request)
    caller.check_recent(request, ground.clock.now())
    secret = await change.rotate(ground, who, application_id, compromised=bool(fields.get("compromised")))
    return await _page(request, ground, pages, application_id, secret=secret.reveal())


ROUTES = [hosts_page, verify_form, check_form, switch_form, rotate_form]


async def _page(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, application_id: int, **said: Any
) -> Response[bytes]:
    who = caller.console(request)
    app = await ground.registry.application(who, application_id, "read")
    health = await change.known(ground, app)
    results = await store.results(ground.db, app.id, ground.clock.now() - chart.SPAN)
    return pages.render(
        request,
        "hosts.html",
        at=f"/developer/applications/{application_id}/hosts",
        visitor=visitor(request),
        here="apps",
        app=app,
        health=representation.show(ground, health, results),
        hosts=[show_uri(each) for each in await show.all_of(ground, who, application_id)],
        **{"looked": None, "uri": None, "secret": None, **said},
    )


async def _form(request: Request[Any, Any, Any]) -> tuple[Caller, dict[str, str]]:
    """Raises Unauthorized, CsrfTokenMissing, ForbiddenRole."""
    fields = texts(await form(request))
    return caller.console(request), fields


def _back(application_id: int) -> Response[bytes]:
    return see_other(f"/developer/applications/{application_id}/hosts")
