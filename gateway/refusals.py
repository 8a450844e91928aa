"""What the gateway itself refuses, and how it looks in each face; a service renders its own refusals."""

import hashlib
import html
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from chassis.problems import Problem
from contracts.routes import Face

Headers = list[tuple[bytes, bytes]]

_STYLESHEET = Path(__file__).parents[1] / "web" / "static" / "look.css"
LOOK = f"/assets/look.{hashlib.sha256(_STYLESHEET.read_bytes()).hexdigest()[:12]}.css"
"""Where auth serves the stylesheet of all pages: under the digest of its content."""

_PAGE_HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
]

WORDS = {
    403: "That is not allowed",
    404: "There is nothing here",
    405: "There is no page here",
    413: "That is too large",
    429: "Too many requests",
    500: "Something broke on our side",
    502: "Something broke on our side",
    503: "Not available right now",
    504: "That took too long",
}
"""What a person reads above the cause."""


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


def render(problem: Problem, face: Face, issuer: str, request_id: str) -> tuple[Headers, bytes]:
    """Headers and body of a refusal: the first face's envelope, the second face's, or a plain page."""
    headers: Headers = [(b"cache-control", b"no-store")]
    headers += [(name.encode(), value.encode()) for name, value in problem.headers.items()]
    if face == "page":
        return [*headers, *_PAGE_HEADERS], _page(problem, request_id)
    if face == "second" and problem.status in (404, 405):
        # Unknown routes and methods have no envelope there (management-api.md section 2.4).
        return [*headers, (b"content-type", b"text/plain")], HTTPStatus(problem.status).phrase.encode()
    body = _second(problem, request_id) if face == "second" else _first(problem, issuer, request_id)
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
    body["error_uri"] = f"{issuer}/docs/oauth/errors#{problem.code}"
    body["request_id"] = request_id
    return {**body, **problem.members}


def _second(problem: Problem, request_id: str) -> dict[str, Any]:
    """That face's code and message (management-api.md section 2.5), and `error` for those who know the other one."""
    if problem.status == 500:
        return {"message": "Internal server error."}
    code = {"code": f"request.{problem.code}", "message": problem.detail}
    return {**code, "error": problem.code, "request_id": request_id, **problem.members}


def _page(problem: Problem, request_id: str) -> bytes:
    """In the look of all pages, though no service may be there to render it; unstyled it says the same."""
    title = html.escape(WORDS.get(problem.status) or HTTPStatus(problem.status).phrase)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · logi</title>'
        f'<link rel="stylesheet" href="{LOOK}"></head><body class="door"><main>'
        f'<p class="brand"><a href="/console">logi</a></p><h1>{title}</h1>'
        f'<p role="alert">{html.escape(problem.detail)}</p>'
        f"<p><small>If you ask for help, name this request: <code>{html.escape(request_id)}</code></small></p>"
        f"</main></body></html>"
    ).encode()
