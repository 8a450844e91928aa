"""GET and POST /oauth/end_session, the person's answer, and the signed-out page."""

import secrets
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.describe import Told
from chassis.web.guard import check_csrf
from chassis.web.pages import Pages, see_other
from services.auth import sessions
from services.auth.authorize import answer
from services.auth.authorize.refusals import RequestExpired
from services.auth.authorize.store import digest
from services.auth.ground import Ground
from services.auth.keys import material
from services.auth.logout import request as requests
from services.auth.logout import store
from services.auth.logout.parameters import LogoutParameters
from services.auth.logout.request import LogoutRequest
from services.auth.sessions import visit
from services.auth.sessions.store import SignedIn
from services.auth.token import form

PATH, ANSWER, DONE = "/oauth/end_session", "/oauth/end_session/answer", "/session/signed_out"
WAITS = timedelta(minutes=10)


class AnswerForm(msgspec.Struct):
    request: str = ""
    csrf_token: str = ""
    decision: str = ""


@web.get(
    PATH,
    credentials=("own",),
    rate="page",
    face="page",
    told=Told(query=LogoutParameters, answers=(303,)),
)
async def end_session(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Signs the person out at the wish of an app (OpenID Connect RP-Initiated Logout 1.0).

    With an `id_token_hint` of the session in this browser it is done at once; otherwise the person is asked. Ends at
    a registered `post_logout_redirect_uri` with `state`, or at the signed-out page.
    """
    asked = form.of_pairs(form.pairs(request.scope["query_string"]))
    wanted, app = await requests.checked(ground, asked)
    visitor = await visit.visitor(request, ground)
    if visitor is None or _means(wanted, visitor):
        return await _sign_out(ground, wanted, visitor)
    handle = await _keep(ground, wanted)
    return pages.render(
        request,
        "sign_out.html",
        at=PATH,
        leads_away=True,
        app=app,
        visitor=visitor,
        handle=handle,
    )


@web.post(
    PATH,
    credentials=("own",),
    rate="page",
    face="page",
    body_limit=form.BODY_BYTES,
    status_code=303,
    told=Told(form=LogoutParameters),
)
async def end_session_by_post(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[bytes]:
    """The same by form. It goes on by GET, because a browser sends no cookie of ours with another site's form."""
    asked = form.read(request.headers.get("content-type", ""), await request.body())
    await requests.checked(ground, asked)
    return see_other(f"{PATH}?{urlencode(asked.fields)}")


@web.post(ANSWER, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def end_session_answer(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[AnswerForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """The person's yes or no, from the page that this very session was shown."""
    wanted = await store.find(ground.db, digest(data.request), ground.clock.now())
    if wanted is None:
        raise RequestExpired
    visitor = await visit.visitor(request, ground)
    if visitor is not None:
        check_csrf(visitor, data.csrf_token)
    if data.decision not in {"leave", "stay"}:
        raise InvalidRequest("decision has to be leave or stay.")
    if data.decision == "stay":
        return see_other("/console")
    return await _sign_out(ground, wanted, visitor)


@web.get(DONE, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def signed_out_page(request: Request[Any, Any, Any], pages: Given[Pages]) -> Response[bytes]:
    """Says that it is done."""
    return pages.render(request, "signed_out.html")


def _means(wanted: LogoutRequest, visitor: SignedIn) -> bool:
    """Whether the hint is of this very session; anybody can send a browser here, only its own app holds that."""
    return wanted.hint is not None and wanted.hint.sid == material.encoded(visitor.sid)


async def _sign_out(ground: Ground, wanted: LogoutRequest, visitor: SignedIn | None) -> Response[bytes]:
    if visitor is not None:
        async with ground.db.transaction() as tx:
            await sessions.end(tx, visitor.id, ground.clock.now())
    response = answer.redirect(wanted.onward or DONE, after_form=True)
    response.cookies.append(sessions.expired(ground.issuer))
    return response


async def _keep(ground: Ground, wanted: LogoutRequest) -> str:
    handle = secrets.token_urlsafe(32)
    await store.keep(ground.db, digest(handle), wanted, ground.clock.now() + WAITS)
    return handle


ROUTES = [end_session, end_session_by_post, end_session_answer, signed_out_page]
