"""The way back to the application: its own redirect URI with what it is told (RFC 6749 4.1.2, RFC 9207)."""

from typing import Any, Protocol
from urllib.parse import quote, urlencode

from litestar import Request, Response

from chassis import web
from chassis.problems import error_uri
from chassis.web.pages import Pages
from services.auth.authorize.refusals import BackToClient
from services.auth.authorize.request import ResponseMode

_AS_IT_IS = "!#$%&'()*+,-./:;=?@[]_~"
"""Characters of a registered URI that a header can carry; anything else is percent-encoded."""

Members = list[tuple[str, str]]


class Answerable(Protocol):
    """Whom to answer, how, and the state to echo."""

    @property
    def redirect_uri(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def response_mode(self) -> ResponseMode: ...


class Back:
    """Answers an application in the mode that it asked for; `after_form` where the browser has just posted one."""

    def __init__(self, request: Request[Any, Any, Any], pages: Pages, issuer: str, *, after_form: bool = False) -> None:
        self._request, self._pages, self._issuer, self._after_form = request, pages, issuer, after_form

    def with_code(self, to: Answerable, code: str) -> Response[bytes]:
        return self._send(to, [("code", code)])

    def refused(self, to: Answerable, refusal: BackToClient) -> Response[bytes]:
        """With what every refusal of ours says: its cause, the page about its code, and its line in the logs."""
        members = [("error", refusal.error), ("error_description", refusal.description)]
        where = error_uri(self._issuer, refusal.error)
        return self._send(to, [*members, ("error_uri", where), ("request_id", web.request_id(self._request))])

    def _send(self, to: Answerable, members: Members) -> Response[bytes]:
        told = [(name, value) for name, value in (*members, ("state", to.state), ("iss", self._issuer)) if value]
        if to.response_mode == "form_post":
            return self._pages.render(
                self._request,
                "form_post.html",
                leads_away=True,
                headers={"referrer-policy": "no-referrer"},
                action=_clean(to.redirect_uri),
                members=told,
            )
        return redirect(address(to.redirect_uri, told), after_form=self._after_form)


def address(redirect_uri: str, members: Members) -> str:
    """The redirect URI with its own query kept and ours added; `state` comes back unchanged."""
    return f"{_clean(redirect_uri)}{'&' if '?' in redirect_uri else '?'}{urlencode(members)}"


def redirect(location: str, *, after_form: bool = False) -> Response[bytes]:
    """302, or 303 after a form; no address of ours, and with it no code, leaks as a referrer."""
    headers = {"location": location, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(b"", status_code=303 if after_form else 302, headers=headers, media_type="text/plain")


def _clean(redirect_uri: str) -> str:
    return quote(redirect_uri, safe=_AS_IT_IS)
