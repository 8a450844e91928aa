"""Which refusals each route may answer with, for its OpenAPI description; the fuzz test holds the routes to it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

WORDS: Final = {
    400: "The request cannot be read.",
    401: "No credential, or one that does not count.",
    403: "The credential does not allow this.",
    404: "There is nothing here that you may see.",
    409: "What is there already stands in the way.",
    410: "It is too late for this.",
    412: "It has changed since you read it (`If-Match`).",
    413: "The body is larger than this route takes.",
    415: "The body is of another kind.",
    422: "Some fields are not right; `fields` says which and why.",
    429: "Too many; `Retry-After` says how long to wait.",
    503: "Not to be had right now; try again.",
}

LATE: Final = frozenset({"restore_application", "resend_invitation", "accept_invitation"})
LIMITED: Final = frozenset({"create_application", "create_in_console", "resend_invitation"})


class Refusal(msgspec.Struct, kw_only=True):
    """The envelope of registry.md 13; some refusals have members of their own besides."""

    error: str
    error_description: str | None = None
    error_uri: str | None = None
    request_id: str
    fields: dict[str, list[str]] | None = None


def documented(handlers: Sequence[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """The same handlers, each saying how it may refuse."""
    for handler in handlers:
        handler.responses = {status: _spec(status) for status in sorted(_statuses(handler))}
    return list(handlers)


def _statuses(handler: HTTPRouteHandler) -> set[int]:
    credentials: Any = handler.opt["route"].credentials
    writes = "GET" not in handler.http_methods
    name = handler.fn.__name__
    found = {400, 422, 503}
    found |= {401, 403} if credentials != ("none",) else set()
    found |= {404} if any("{" in path for path in handler.paths) or credentials != ("own",) else set()
    found |= {409, 412, 413, 415} if writes else set()
    found |= {410} if name in LATE else set()
    found |= {429} if name in LIMITED else set()
    return found


def _spec(status: int) -> ResponseSpec:
    return ResponseSpec(data_container=Refusal, description=WORDS[status], generate_examples=False)
