"""The edge where refusals become replies: the first face's JSON envelope, or the page a service registered."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from chassis.postgres import UNAVAILABLE, UNSTORABLE
from chassis.problems import InvalidRequest, NotFound, Problem, TemporarilyUnavailable, ValidationFailed, error_uri
from chassis.web.caller import request_id

logger = structlog.get_logger()

CODES = {404: "not_found", 405: "method_not_allowed", 413: "content_too_large", 415: "unsupported_media_type"}
"""Of the refusals that Litestar itself makes."""

DETAILS = {
    404: NotFound.default_detail,
    405: "This path does not take this method.",
    413: "The request body is larger than this route takes.",
    415: "The body is of another kind than this route takes.",
}
"""Their causes; what Litestar would say repeats parts of the request."""

_BODY = "data"
"""How Litestar calls a body as a whole."""
_NO_BODY = f"'{_BODY}'"
"""Its words where none came."""
_MISSING = re.compile(r"Object missing required field `(\w+)`")

TOO_DEEP = "while deserializing an object"
"""How msgspec ends its word on JSON that is nested deeper than anything of ours; any other recursion is our mistake."""

Render = Callable[[Request[Any, Any, Any], Problem], Response[Any]]


class UnexpectedFailure(Problem):
    """Whatever nobody foresaw: blank to the caller, whole in the log."""


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"


class _Other(Problem):
    """An HTTP status that Litestar itself raises."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code = status, code  # type: ignore[misc] # one class for a handful of statuses
        super().__init__(detail)


class Refusals:
    """Exception handlers of an app; `page` renders for routes of the face `page`.

    `wrappers` are members that bodies nest under: a fault is told by the name of the field within.
    """

    def __init__(self, issuer: str, page: Render | None = None, wrappers: Sequence[str] = ()) -> None:
        self._issuer, self._page, self._wrappers = issuer, page, wrappers

    def handlers(self) -> dict[Any, Any]:
        return {Problem: self.problem, HTTPException: self.http, Exception: self.unexpected}

    def problem(self, request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        request.scope.setdefault("state", {})["problem"] = problem
        handler: Any = request.scope.get("route_handler")
        declared = handler.opt.get("route") if handler is not None else None
        if declared is not None and declared.face == "page" and self._page is not None and not _wants_json(request):
            return self._page(request, problem)
        return self.envelope(request, problem)

    def envelope(self, request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        """`{"error", "error_description", "error_uri", "request_id"}`, with `fields` and other members where given."""
        body: dict[str, Any] = {"error": problem.code}
        if problem.detail:
            body["error_description"] = problem.detail
        body["error_uri"] = error_uri(self._issuer, problem.code)
        body["request_id"] = request_id(request)
        if problem.fields:
            body["fields"] = problem.fields
        body.update(problem.members)
        headers = {"cache-control": "no-store", **problem.headers, **self._challenge(request, problem)}
        return Response(
            msgspec.json.encode(body), status_code=problem.status, headers=headers, media_type="application/json"
        )

    def _challenge(self, request: Request[Any, Any, Any], problem: Problem) -> dict[str, str]:
        """Tells a client without a token where to learn whose tokens the developer API takes (RFC 9728 section 5.1)."""
        challenge = problem.headers.get("www-authenticate", "")
        if not challenge.startswith("Bearer") or not str(request.scope["path"]).startswith("/api/v1/"):
            return {}
        where = f"{self._issuer}/.well-known/oauth-protected-resource/api/v1"
        return {"www-authenticate": f'{challenge}, resource_metadata="{where}"'}

    def http(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        return self.problem(request, _translate(error, self._wrappers))

    def unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if isinstance(error, UNAVAILABLE):
            logger.warning("request.unavailable", error=f"{type(error).__name__}: {error}")
            return self.problem(request, TemporarilyUnavailable(headers={"retry-after": "1"}))
        if isinstance(error, UNSTORABLE):
            return self.problem(request, InvalidRequest("A text of this request has characters that no text may have."))
        if isinstance(error, RecursionError) and str(error).endswith(TOO_DEEP):
            return self.problem(request, InvalidRequest("Something in this request is nested too deeply."))
        logger.error("request.failed", exc_info=error)
        return self.problem(request, UnexpectedFailure())


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    """A program at a page's address: it accepts JSON and no HTML."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _translate(error: HTTPException, wrappers: Sequence[str]) -> Problem:
    if isinstance(error, ValidationException):
        if not isinstance(error.extra, list) or not error.extra:
            return InvalidRequest(_first_line(error.detail))
        fields: dict[str, list[str]] = {}
        for entry in error.extra:
            name, words = _fault(str(entry.get("key", _BODY)), str(entry.get("message", "")), wrappers)
            fields.setdefault(name, []).append(words)
        return ValidationFailed(fields=fields)
    if error.status_code == 400:
        return InvalidRequest(_first_line(error.detail))
    return _Other(
        error.status_code, CODES.get(error.status_code, "invalid_request"), DETAILS.get(error.status_code, "")
    )


def _fault(key: str, message: str, wrappers: Sequence[str]) -> tuple[str, str]:
    """The field as its sender knows it, and what is wrong with it; one that is missing is named itself."""
    path = [part.removesuffix("_") for part in key.split(".")]
    if path[0] in {_BODY, *wrappers}:
        path = path[1:]
    if message == _NO_BODY:
        message = "is required"
    missing = _MISSING.fullmatch(message)
    if missing is not None:
        path, message = [*path, missing[1]], "is required"
    return ".".join(path) or "body", message


def _first_line(text: str) -> str:
    """Litestar puts what it could not read into some details; its first sentence names the fault alone."""
    return text.splitlines()[0][:200] if text else ""
