"""/session/handoff on the console's host and /session/handover on the issuer's: three redirects that move a session.

Neither exists where both hosts are one.
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from chassis.web.pages import see_other
from services.auth import sessions
from services.auth.accounts import returning
from services.auth.ground import Ground
from services.auth.handoff import move
from services.auth.sessions import cookies, visit

ARRIVING: Final = returning.HANDOFF
GIVING: Final = "/session/handover"


@web.get(ARRIVING, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def arriving(
    request: Request[Any, Any, Any], ground: Given[Ground], return_to: FromQuery[str] = "", token: FromQuery[str] = ""
) -> Response[bytes]:
    """With a token: the session begins here. Without: this browser gets a secret and is sent for a token.

    404 where the console has no host of its own.
    """
    if not ground.settings.console_origin:
        raise NotFound
    secret, cookie = cookies.form_secret(request, ground.issuer)
    if token:
        arrived = await move.redeem(ground, token, secret, cookies.value(request, ground.issuer))
        return _on(arrived.return_to, [sessions.issue(ground.issuer, arrived.cookie)])
    there = returning.on_console(return_to)
    if await visit.visitor(request, ground) is not None:
        return _on(there)
    asked = urlencode({"challenge": move.challenge(secret), "return_to": there})
    return _on(f"{ground.issuer}{GIVING}?{asked}", [cookie])


@web.get(GIVING, credentials=("own",), rate="authorize", face="page", include_in_schema=False)
async def giving(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    challenge: FromQuery[str] = "",
    return_to: FromQuery[str] = "",
) -> Response[bytes]:
    """Gives a token for the session of whoever is signed in here; anybody else signs in first, and comes anew.

    404 where the console has no host of its own.
    """
    if not ground.settings.console_origin:
        raise NotFound
    there = returning.on_console(return_to)
    visitor = await visit.visitor(request, ground)
    if visitor is None:
        return _on(returning.sign_in(there))
    token = await move.give(ground, visitor, challenge, there)
    return _on(f"{ground.settings.console_origin}{ARRIVING}?{urlencode({'token': token})}")


def _on(location: str, kept: Sequence[Cookie | None] = ()) -> Response[bytes]:
    """Without our address as a referrer: it may hold the token."""
    response = see_other(location, cookies=kept)
    response.headers["referrer-policy"] = "no-referrer"
    return response


ROUTES = [arriving, giving]
