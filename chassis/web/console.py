"""What the pages of the console have in common, whichever service shows them: how they are declared, who looks, and
whether a form came from one of ours.
"""

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict

from chassis.web.caller import session
from chassis.web.guard import check_csrf

PAGE: Final[dict[str, Any]] = {
    "credentials": ("session",),
    "rate": "page",
    "face": "page",
    "include_in_schema": False,
}


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """As the frame of every page shows them; `email` where the service knows it."""

    sub: str
    csrf_token: str
    email: str | None = None


def visitor(request: Request[Any, Any, Any]) -> Visitor:
    """Raises Unauthorized, which a page turns into a sign-in."""
    found = session(request)
    return Visitor(sub=found.sub, csrf_token=found.csrf_token)


async def form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """What was sent, if it carries the session's CSRF token. Raises Unauthorized, CsrfTokenMissing."""
    sent = await request.form()
    check_csrf(session(request), str(sent.get("csrf_token", "")))
    return sent


def texts(sent: FormMultiDict) -> dict[str, str]:
    """The last value of each field, without the spaces around it."""
    return {name: str(value).strip() for name, value in sent.multi_items()}
