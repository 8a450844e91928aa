"""`…/rp_health` for the console, for keys and tokens, and for administrators: parse, call one verb, answer."""

from typing import Any

from litestar import Request, Response
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from chassis.web.numbers import Id
from services.verifier import caller
from services.verifier.caller import Caller
from services.verifier.ground import Ground
from services.verifier.health import change, chart, store
from services.verifier.health.change import Switched
from services.verifier.health.representation import (
    HealthView,
    RotateBody,
    SecretView,
    StateView,
    SwitchBody,
    show,
    show_state,
)

KEYS = ("session", "pak", "access_token")
PROBE = {"rate": "verify", "pool": "probe", "timeout_ms": 40_000}
CONSOLE = "/developer/applications/{application_id:int}/rp_health"
API = "/api/v1/applications/{application_id:int}/rp_health"


@web.get(CONSOLE, credentials=("session",), rate="page")
async def get_rp_health_in_console(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> HealthView:
    """The card of one app: state, last results, and 30 days as data for a chart."""
    return await _shown(ground, caller.console(request), application_id)


@web.get(f"{CONSOLE}/chart.svg", credentials=("session",), rate="page", media_type="image/svg+xml")
async def get_rp_health_chart_in_console(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[bytes]:
    """The last 30 days as a small picture."""
    view = await _shown(ground, caller.console(request), application_id)
    headers = {"cache-control": "private, no-store", "content-security-policy": "default-src 'none'"}
    return Response(chart.svg(view.chart).encode(), media_type="image/svg+xml", headers=headers)


@web.post(f"{CONSOLE}/check", credentials=("session",), **PROBE)
async def check_rp_health_in_console(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> StateView:
    """Looks now; once a minute for each app. 409 `health_disabled` where the check is off."""
    return show_state(await change.check_now(ground, caller.console(request), application_id))


@web.patch(CONSOLE, credentials=("session",), rate="page")
async def change_rp_health_in_console(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[SwitchBody], ground: Given[Ground]
) -> Response[HealthView]:
    """Switches the check and chooses its host. The secret that the first switching on makes is shown this once."""
    return await _switched(ground, caller.console(request), application_id, data)


@web.post(f"{CONSOLE}/rotate_secret", credentials=("session",), rate="page")
async def rotate_rp_health_secret_in_console(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[RotateBody], ground: Given[Ground]
) -> Response[SecretView]:
    """A new secret, shown this once; the old one is tried for a day more unless it is compromised."""
    who = caller.console(request)
    caller.check_recent(request, ground.clock.now())
    secret = await change.rotate(ground, who, application_id, compromised=data.compromised)
    return Response(SecretView(rp_health_secret=secret.reveal()), headers={"cache-control": "no-store"})


@web.get(API, credentials=KEYS, rate="api", scopes=("apps:read",))
async def get_rp_health(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> HealthView:
    """The same card, for keys and tokens."""
    return await _shown(ground, caller.developer(request), application_id)


@web.post(f"{API}/check", credentials=KEYS, scopes=("apps:manage",), **PROBE)
async def check_rp_health(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> StateView:
    """Looks now; once a minute for each app. 409 `health_disabled` where the check is off."""
    return show_state(await change.check_now(ground, caller.developer(request), application_id))


@web.patch(API, credentials=KEYS, rate="api", scopes=("apps:manage",))
async def change_rp_health(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[SwitchBody], ground: Given[Ground]
) -> Response[HealthView]:
    """Switches the check and chooses its host, for keys and tokens."""
    return await _switched(ground, caller.developer(request), application_id, data)


@web.get(
    "/api/v1/admin/applications/{application_id:int}/rp_health", credentials=KEYS, rate="api", scopes=("admin:read",)
)
async def get_rp_health_as_admin(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> HealthView:
    """The card of any app, for administrators."""
    return await _shown(ground, caller.administrator(request), application_id)


ROUTES = [
    get_rp_health_in_console,
    get_rp_health_chart_in_console,
    check_rp_health_in_console,
    change_rp_health_in_console,
    rotate_rp_health_secret_in_console,
    get_rp_health,
    check_rp_health,
    change_rp_health,
    get_rp_health_as_admin,
]


async def _shown(ground: Ground, who: Caller, application_id: int, switched: Switched | None = None) -> HealthView:
    app = await ground.registry.application(who, application_id, "read")
    health = await change.known(ground, app)
    results = await store.results(ground.db, app.id, ground.clock.now() - chart.SPAN)
    return show(ground, health, results, switched)


async def _switched(ground: Ground, who: Caller, application_id: int, data: SwitchBody) -> Response[HealthView]:
    switched = await change.switch(ground, who, application_id, data.wanted())
    view = await _shown(ground, who, application_id, switched)
    return Response(view, headers={"cache-control": "no-store"})
