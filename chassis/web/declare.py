"""Route decorators that cannot be used without saying who may call and which limit counts."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from chassis.web import guard, security
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


def _decorator(method: str) -> Callable[..., Callable[[Callable[..., Any]], HTTPRouteHandler]]:
    def declare(  # noqa: PLR0913 - one keyword for each thing the gateway must know
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
        )
        litestar = {"status_code": 200, "security": security.requirements(credentials, scopes), **litestar}
        if "none" not in credentials and "own" not in credentials:
            litestar["guards"] = [guard.admit, *litestar.get("guards", [])]
        # Litestar's own limit would answer after the gateway's; this one only guards direct use.
        return HTTPRouteHandler(
            path,
            http_method=[HttpMethod(method)],
            opt={"route": declared},
            request_max_body_size=body_limit,
            **litestar,
        )

    return declare


get = _decorator("GET")
post = _decorator("POST")
put = _decorator("PUT")
patch = _decorator("PATCH")
delete = _decorator("DELETE")
