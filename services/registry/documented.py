"""Which refusals each route may answer with, for its OpenAPI description; the fuzz test holds the routes to it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from chassis.web.describe import Told

LATE: Final = frozenset({"restore_application", "resend_invitation", "accept_invitation"})
UNOPPOSED: Final = frozenset(
    {"update_organization", "resend_invitation", "cancel_invitation", "request_action", "register_client"}
)
"""What is there already never stands in the way of these."""

LIMITED: Final = frozenset({"create_application", "create_in_console", "create_invitation", "resend_invitation"})


def documented(handlers: Sequence[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """The same handlers, each saying how it may refuse."""
    for handler in handlers:
        told = Told(answers=tuple(sorted(_statuses(handler))))
        handler.opt["route"] = msgspec.structs.replace(handler.opt["route"], told=told)
    return list(handlers)


def _statuses(handler: HTTPRouteHandler) -> set[int]:
    credentials: Any = handler.opt["route"].credentials
    writes = "GET" not in handler.http_methods
    name = handler.fn.__name__
    found = {400, 422, 503}
    found |= {401, 403} if credentials != ("none",) else set()
    found |= {404} if any("{" in path for path in handler.paths) or credentials != ("own",) else set()
    found |= {412, 413, 415} if writes else set()
    found |= {409} if writes and name not in UNOPPOSED else set()
    found |= {410} if name in LATE else set()
    found |= {429} if name in LIMITED else set()
    return found
