"""Attempts that were refused leave a line too: 403 and 429 (registry.md 13)."""

from typing import Any

import structlog
from litestar.connection import ASGIConnection
from litestar.types import Scope

from chassis.postgres import UNAVAILABLE
from chassis.problems import Problem
from services.registry.audit.entry import Subject
from services.registry.audit.record import record
from services.registry.callers import caller
from services.registry.ground import Ground

logger = structlog.get_logger()

DENIED = frozenset({403, 429})


class Denials:
    """A hook of the app: hears every refusal and writes those that count."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, refusal: Exception, scope: Scope) -> None:
        """Never raises: the refusal stands, logged or not."""
        if not isinstance(refusal, Problem) or refusal.status not in DENIED:
            return
        who = caller(ASGIConnection(scope))
        path = str(scope["path"])
        changes = {"method": scope.get("method"), "path": path[:300], "status": refusal.status, "error": refusal.code}
        try:
            async with self._ground.db.transaction() as tx:
                now = self._ground.clock.now()
                await record(tx, who, "access.denied", Subject(kind="route", id=_operation(scope)), changes, at=now)
        except UNAVAILABLE as error:
            logger.warning("audit.lost", error=f"{type(error).__name__}: {error}", operation=_operation(scope))


def _operation(scope: Scope) -> str | None:
    handler: Any = scope.get("route_handler")
    return handler.fn.__name__ if handler is not None else None
