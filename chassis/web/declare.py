"""Route decorators that cannot be used without saying who may call and which limit counts."""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from chassis.web import guard, security
from chassis.web.describe import NOTHING_MORE, Told
from contracts.routes import Credential, Face


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a handler's `opt`: the gateway's part (see contracts.routes.Route) and the guard's."""

    face: Face
    credentials: tuple[Credential, ...]
    rate: str
    scopes: tuple[str, ...]
    pool: str
    body_limit: int
    timeout_ms: int
    cached: bool
    cors: bool
    told: Told = NOTHING_MORE


Declare: TypeAlias = Callable[..., Callable[[Callable[..., Any]], HTTPRouteHandler]]


class _Decorator:
    def __init__(self, method: HttpMethod) -> None:
        self._method = method

    def __call__(  # noqa: PLR0913 - one keyword for each thing the gateway must know
        self,
        path: str,
        *,
        credentials: tuple[Credential, ...],
        rate: str,
        face: Face = "first",
        scopes: tuple[str, ...] = (),
        pool: str = "web",
        body_limit: int = 64 * 1024,
        timeout_ms: int = 10_000,
        cached: bool = False,
        cors: bool = False,
        told: Told = NOTHING_MORE,
        **litestar: Any,
    ) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
        """`scopes`: all of them are needed where the caller's credential carries scopes; the rest as in Route."""
        declared = Declared(
            face=face,
            credentials=credentials,
            rate=rate,
            scopes=scopes,
            pool=pool,
            body_limit=body_limit,
            timeout_ms=timeout_ms,
            cached=cached,
            cors=cors,
            told=told,
        )
        return self._handler(path, declared, litestar)

    def _handler(self, path: str, declared: Declared, litestar: dict[str, Any]) -> HTTPRouteHandler:
        security_ = security.requirements(declared.credentials, declared.scopes)
        litestar = {"status_code": 200, "security": security_, **litestar}
        if not {"none", "own"} & set(declared.credentials):
            litestar["guards"] = [guard.admit, *litestar.get("guards", [])]
        # Litestar's own limit would answer after the gateway's; this one only guards direct use.
        return HTTPRouteHandler(
            path,
            http_method=[self._method],
            opt={"route": declared},
            request_max_body_size=declared.body_limit,
            **litestar,
        )


get: Declare = _Decorator(HttpMethod.GET)
post: Declare = _Decorator(HttpMethod.POST)
put: Declare = _Decorator(HttpMethod.PUT)
patch: Declare = _Decorator(HttpMethod.PATCH)
delete: Declare = _Decorator(HttpMethod.DELETE)
