"""Makes the Litestar app of a service, and reads from it what the gateway and the documentation need."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.routes import HTTPRoute
from litestar.template import TemplateConfig
from litestar.types import Message, Scope

from chassis import log, work
from chassis.web import describe, security
from chassis.web.answer import Answer
from chassis.web.refusals import Refusals
from contracts import hosts
from contracts.routes import Route, RouteTable

REQUEST_ID = b"x-logi-request-id"

_NOWHERE = JsonRenderPlugin(path="/_openapi.json")
"""Litestar adds its own viewers where none is named; the gateway knows nothing of undeclared routes."""

_WEBHOOKS = "openapi_webhooks"

_PARAMETER = re.compile(r"\{(\w+):\w+\}")


class _Plain(Litestar):
    """Litestar for msgspec alone: its own adapters import whatever else is installed, pydantic's 8 MB among it.

    Every request is a unit of work around all of it: as a middleware this would cost a second layer for exceptions.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if "request_id" not in state:
            state["request_id"] = _shown(scope) or secrets.token_hex(8)
        token = log.request_id.set(state["request_id"])
        labels = {"http.request.method": scope["method"], "http.route": ""}
        try:
            # What goes well, the gateway tells in a line of its own, with the same ids.
            with work.unit(
                "http.server.request", kind="server", labels=labels, title=scope["method"], quiet=True
            ) as unit:

                async def sending(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        _told(unit, scope["state"], message["status"])
                    await send(message)

                try:
                    await super().__call__(scope, receive, sending)
                finally:
                    _routed(unit, scope)
        finally:
            log.request_id.reset(token)


def application(  # noqa: PLR0913 - what an app is made of
    service: str,
    handlers: Sequence[HTTPRouteHandler | Router],
    refusals: Refusals,
    *,
    state: dict[str, Any],
    dependencies: dict[str, Any] | None = None,
    templates: TemplateConfig[Any] | None = None,
    webhooks: Mapping[str, Any] | None = None,
) -> Litestar:
    """`state` holds what routes need (database, settings, clock); dependencies hand it to them.

    `webhooks` are OpenAPI path items of what the service sends to others.
    """
    app = _Plain(
        route_handlers=list(handlers),
        exception_handlers=refusals.handlers(),
        state=State({**state, _WEBHOOKS: webhooks}, deep_copy=False),
        dependencies=dependencies or {},
        response_class=Answer,
        template_config=templates,
        openapi_config=OpenAPIConfig(
            title=service,
            version="1",
            components=security.COMPONENTS,
            render_plugins=[_NOWHERE],
            use_handler_docstrings=True,
            operation_id_creator=lambda handler, _, __: handler.fn.__name__,
        ),
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )
    _give_one_by_one(app)
    return app


def _give_one_by_one(app: Litestar) -> None:
    """What routes are given lies ready; Litestar would fetch two things at once, in a group of tasks, for 100 µs."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]


def table(app: Litestar, service: str) -> RouteTable:
    """What goes into routes.json: every declared route, sorted; an undeclared one is a mistake and raises."""
    routes = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise TypeError(f"{route.path} is not a plain HTTP route")
        for handler in route.route_handlers:
            if handler.fn.__module__.startswith("litestar."):
                continue  # its own OPTIONS and OpenAPI
            declared = handler.opt.get("route")
            if declared is None:
                raise TypeError(f"{route.path} does not declare who may call it")
            routes += [_entry(method, route.path, handler, declared) for method in handler.http_methods]
    return RouteTable(service=service, routes=sorted(routes, key=lambda r: (r.path, r.method)))


def _entry(method: str, path: str, handler: HTTPRouteHandler, declared: Any) -> Route:
    return Route(
        method=method,
        path=_PARAMETER.sub(r"{\1}", path),
        face=declared.face,
        credentials=declared.credentials,
        rate=declared.rate,
        pool=declared.pool,
        body_limit=declared.body_limit,
        timeout_ms=declared.timeout_ms,
        cached=declared.cached,
        cors=declared.cors,
        host=hosts.of_page(path) if declared.face == "page" else "issuer",
        operation_id=handler.fn.__name__,
    )


def openapi(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document of this service alone; the gateway merges them."""
    document = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()), type=dict[str, Any])
    document = describe.completed(document, app)
    webhooks = app.state.get(_WEBHOOKS)
    return {**document, "webhooks": webhooks} if webhooks else document


def _routed(unit: work.unit, scope: Any) -> None:
    """The route, where one was found, even if nobody waited for its answer; a path is no label: all may invent one."""
    route = scope.get("path_template")
    if route is not None:
        unit.title(f"{scope['method']} {route}")
        unit.label(**{"http.route": route})


def _told(unit: work.unit, state: dict[str, Any], status: int) -> None:
    unit.label(**{"http.response.status_code": str(status)})
    if status >= 400:  # a page that is shown again with what was wrong counts as well
        unit.outcome = "refused" if status < 500 else "failed"
    problem = state.get("problem")
    if problem is not None:
        unit.note(error=problem.code, error_description=problem.detail)


def _shown(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == REQUEST_ID:
            return value.decode("latin-1")[:64]
    return None
