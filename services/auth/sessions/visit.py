"""What a request tells of a browser: where it is, and whose session it carries."""

from typing import Any

from litestar import Request

from services.auth.ground import Ground
from services.auth.sessions import cookies, life
from services.auth.sessions.store import Place, SignedIn


def place(request: Request[Any, Any, Any]) -> Place:
    """The client's address as the gateway saw it."""
    return Place(request.client.host if request.client else "unknown", request.headers.get("user-agent", ""))


async def visitor(request: Request[Any, Any, Any], ground: Ground) -> SignedIn | None:
    """Who is signed in, on routes that read the cookie themselves."""
    return await life.read(ground.db, cookies.value(request, ground.issuer), ground.clock.now())
