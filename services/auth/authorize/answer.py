"""The way back to the application: its own redirect URI with what it is told (RFC 6749 4.1.2, RFC 9207)."""

from typing import Protocol
from urllib.parse import quote, urlencode

from litestar import Response

from services.auth.authorize.refusals import BackToClient

_AS_IT_IS = "!#$%&'()*+,-./:;=?@[]_~"
"""Characters of a registered URI that a header can carry; anything else is percent-encoded."""


class Answerable(Protocol):
    """Whom to answer, and the state to echo."""

    @property
    def redirect_uri(self) -> str: ...

    @property
    def state(self) -> str: ...


def address(issuer: str, request: Answerable, members: list[tuple[str, str]]) -> str:
    """The redirect URI with its own query kept and ours added; `state` comes back unchanged."""
    told = [*members, ("state", request.state), ("iss", issuer)]
    query = urlencode([(name, value) for name, value in told if value])
    joint = "&" if "?" in request.redirect_uri else "?"
    return f"{quote(request.redirect_uri, safe=_AS_IT_IS)}{joint}{query}"


def refused(issuer: str, request: Answerable, refusal: BackToClient) -> str:
    """The redirect URI with an error."""
    return address(issuer, request, [("error", refusal.error), ("error_description", refusal.description)])


def redirect(location: str, *, after_form: bool = False) -> Response[bytes]:
    """302, or 303 after a form; no address of ours, and with it no code, leaks as a referrer."""
    headers = {"location": location, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(b"", status_code=303 if after_form else 302, headers=headers, media_type="text/plain")
