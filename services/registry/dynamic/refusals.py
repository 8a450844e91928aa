"""Why a client's own registration is refused (RFC 7591 section 3.2.2)."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from chassis.problems import Problem

_CHALLENGE = {"www-authenticate": 'Bearer realm="logi", error="invalid_token"'}


class InvalidRedirectUri(Problem):
    status, code = 400, "invalid_redirect_uri"
    default_detail = "Self-registered clients use loopback, a scheme of their own, or a host that the operator allows."


class InvalidClientMetadata(Problem):
    status, code = 400, "invalid_client_metadata"


class InvalidToken(Problem):
    status, code = 401, "invalid_token"
    default_detail = "This needs the token that belongs to it."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers=_CHALLENGE)


def unreadable(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """A body that is no such metadata is answered in the words of RFC 7591 section 3.2.2, not in those of the API."""
    answer: Response[Any]
    if error.status_code != 400:
        answer = request.app.exception_handlers[HTTPException](request, error)
    else:
        extra = error.extra if isinstance(error.extra, list) else []
        faults = [f"{fault.get('key')}: {fault.get('message')}" for fault in extra if isinstance(fault, dict)]
        about_uris = any(fault.startswith("redirect_uris") for fault in faults)
        words = "; ".join(faults) or "This is no JSON."
        refusal = InvalidRedirectUri(words) if about_uris else InvalidClientMetadata(words)
        answer = request.app.exception_handlers[Problem](request, refusal)
    return answer
