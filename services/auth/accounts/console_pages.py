"""The console's home, and who its visitor is."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import Unauthorized
from chassis.web import Given
from chassis.web.guard import check_csrf
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from contracts.principal import Role, Session
from services.auth.accounts import addresses, store, verifications
from services.auth.ground import Ground


class TokenForm(msgspec.Struct):
    csrf_token: str = ""


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the console's pages greet."""

    user_id: int
    sub: str
    email: str | None
    role: Role
    verified: bool
    csrf_token: str


async def visitor(request: Request[Any, Any, Any], ground: Ground) -> Visitor:
    """The person of this session, read afresh. Raises Unauthorized, which a page turns into a sign-in."""
    caller = web.principal(request)
    account = await store.by_id(ground.db, caller.user_id) if isinstance(caller, Session) else None
    if not isinstance(caller, Session) or account is None or not account.living:
        raise Unauthorized
    return Visitor(
        user_id=account.id,
        sub=account.sub,
        email=addresses.told(account.email, ground.settings.synthetic_mail_domain),
        role=account.role,
        verified=account.identity_verified_level > 0,
        csrf_token=caller.csrf_token,
    )


def checked(request: Request[Any, Any, Any], csrf_token: str) -> Session:
    """The session of a form that carries its CSRF token. Raises CsrfTokenMissing."""
    caller = web.session(request)
    check_csrf(caller, csrf_token)
    return caller


@web.get("/console", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def console_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """What there is to do here, the next step first."""
    return pages.render(request, "console.html", visitor=await visitor(request, ground), here="home")


@web.post("/account/verification", credentials=("session",), rate="mail", face="page", include_in_schema=False)
async def resend_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Mails another link."""
    caller = checked(request, data.csrf_token)
    await verifications.resend(ground, caller.user_id, choose(request))
    return see_other("/account?sent=1")
