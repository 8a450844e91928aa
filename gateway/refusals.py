"""What the gateway itself refuses, and how it looks in each face; a service renders its own refusals."""

from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from chassis.problems import Problem, error_uri
from chassis.web.languages import Language
from contracts.routes import Face
from gateway import refusal_page
from gateway.refusal_page import Headers

OAUTH_OF_SECOND = b"/oidc/"


class Asked(NamedTuple):
    """How to answer: in whose dialect, in which language, and where it was asked."""

    face: Face = "first"
    language: Language = "en"
    path: bytes = b""


class PathAmbiguous(Problem):
    status, code = 400, "invalid_request"


class HeadersAmbiguous(Problem):
    status, code = 400, "invalid_request"


class HeadersTooLarge(Problem):
    status, code = 431, "headers_too_large"
    default_detail = "Request line and headers are longer than may be."


class RouteUnknown(Problem):
    status, code = 404, "not_found"
    default_detail = "There is nothing at this path."


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"
    default_detail = "This path does not take this method; Allow names those that it takes."


class ContentTooLarge(Problem):
    status, code = 413, "content_too_large"
    default_detail = "The request body is larger than this route takes."


class BodyTooSlow(Problem):
    status, code = 408, "request_timeout"
    default_detail = "The request body did not arrive in time."


class RateLimited(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Too many requests; Retry-After says when the next one counts."


class CrossSiteRequest(Problem):
    status, code = 403, "cross_site_request"
    default_detail = (
        "A session cookie counts for changes only from our own pages: Origin or Sec-Fetch-Site says otherwise."
    )


class UnexpectedFailure(Problem):
    """Whatever nobody foresaw: blank to the caller, whole in the log."""


def render(problem: Problem, asked: Asked, issuer: str, request_id: str) -> tuple[Headers, bytes]:
    """Headers and body of a refusal: the first face's envelope, the second face's, or a plain page."""
    headers: Headers = [(b"cache-control", b"no-store")]
    headers += [(name.encode(), value.encode()) for name, value in problem.headers.items()]
    if asked.face == "page":
        return [*headers, *refusal_page.HEADERS], refusal_page.page(problem, asked.language, request_id)
    if asked.path.startswith(OAUTH_OF_SECOND):
        body = _oidc(problem, issuer, request_id)
    elif asked.face == "second" and problem.status in (404, 405):
        # Unknown routes and methods have no envelope there (management-api.md section 2.4).
        return [*headers, (b"content-type", b"text/plain")], HTTPStatus(problem.status).phrase.encode()
    else:
        body = _second(problem, request_id) if asked.face == "second" else _first(problem, issuer, request_id)
    return [*headers, (b"content-type", b"application/json")], msgspec.json.encode(body)


def face_of(path: bytes, accept: bytes) -> Face:
    """In whose dialect a path speaks that has no route."""
    if path.startswith((b"/api/v1/", b"/oauth/", b"/.well-known/")):
        return "first"
    if path.startswith((b"/api/", b"/oidc/")):
        return "second"
    return "page" if b"text/html" in accept else "first"


def _first(problem: Problem, issuer: str, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {"error": problem.code}
    if problem.detail:
        body["error_description"] = problem.detail
    body["error_uri"] = error_uri(issuer, problem.code)
    body["request_id"] = request_id
    return {**body, **problem.members}


def _second(problem: Problem, request_id: str) -> dict[str, Any]:
    """That face's code and message (management-api.md section 2.5), and `error` for those who know the other one."""
    if problem.status == 500:
        return {"message": "Internal server error."}
    code = {"code": f"request.{problem.code}", "message": problem.detail}
    return {**code, "error": problem.code, "request_id": request_id, **problem.members}


def _oidc(problem: Problem, issuer: str, request_id: str) -> dict[str, Any]:
    """The dialect of /oidc, where an address that does not exist is an invalid request (management-api.md 1.2)."""
    code = "invalid_request" if problem.status in (404, 405) else problem.code
    told = {"code": f"oidc.{code}", "message": problem.detail or code, "error": code}
    where = {"error_uri": error_uri(issuer, code), "request_id": request_id}
    return {**told, "error_description": problem.detail, **where, **problem.members}
