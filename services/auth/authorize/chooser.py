"""The account chooser (`prompt=select_account`): as who is here, or as somebody else."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.web import Given
from chassis.web.guard import check_csrf
from chassis.web.pages import Pages, see_other
from contracts.applications import Application
from services.auth.authorize import consent, decide, onward, store
from services.auth.authorize.refusals import RequestExpired
from services.auth.authorize.store import Pending
from services.auth.ground import Ground
from services.auth.sessions import visit
from services.auth.sessions.store import SignedIn

PATH: Final = "/oauth/authorize/account"


class ChoiceForm(msgspec.Struct):
    request: str = ""
    csrf_token: str = ""


def page(
    request: Request[Any, Any, Any], pages: Pages, app: Application, pending: Pending, who: tuple[SignedIn, str]
) -> Response[bytes]:
    """`who`: the person that is here, and the handle of the kept request."""
    visitor, handle = who
    return pages.render(
        request,
        "choose.html",
        at=onward.resume(handle, pending),
        leads_away=True,
        app=app,
        destination=consent.destination(app, pending.request.redirect_uri),
        visitor=visitor,
        handle=handle,
        other_account=onward.sign_in(handle, pending, again=True),
    )


@web.post(PATH, credentials=("own",), rate="authorize", face="page", include_in_schema=False)
async def choose_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[ChoiceForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Goes on as the account of this session, for which alone the choice counts."""
    pending = await decide.kept(ground, data.request)
    visitor = await visit.visitor(request, ground)
    if visitor is None:
        return see_other(onward.sign_in(data.request, pending, again=False))
    check_csrf(visitor, data.csrf_token)
    if not await store.choose(ground.db, store.digest(data.request), visitor.id, ground.clock.now()):
        raise RequestExpired
    return see_other(onward.resume(data.request, pending))
