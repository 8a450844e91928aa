"""How /oidc refuses: `{code, message, error, error_description}` (management-api.md 1.2)."""

from typing import Any

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.problems import Problem, error_uri
from services.auth.clients.authenticate import InvalidClient

BARE = "false"
"""The value of the query parameter `parse_error` that leaves out `code` and `message`."""


def render(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """An unknown client_id is a 400 in this dialect, a wrong secret stays a 401."""
    request.scope.setdefault("state", {})["problem"] = problem
    issuer: str = request.app.state.issuer
    where = {"error_uri": error_uri(issuer, problem.code), "request_id": web.request_id(request)}
    body: dict[str, Any] = {"error": problem.code, **where}
    if problem.detail:
        body["error_description"] = problem.detail
    if request.query_params.get("parse_error") != BARE:
        body = {"code": f"oidc.{problem.code}", "message": problem.detail or problem.code, **body}
    status, headers = problem.status, {"cache-control": "no-store", **problem.headers}
    if isinstance(problem, InvalidClient) and problem.unknown:
        status = 400
        headers.pop("www-authenticate", None)
    elif isinstance(problem, InvalidClient):
        headers["www-authenticate"] = f'Basic realm="{issuer}/oidc", error="invalid_client"'
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type="application/json")
