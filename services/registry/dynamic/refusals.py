"""Why a client's own registration is refused (RFC 7591 section 3.2.2)."""

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
