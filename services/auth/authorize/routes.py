"""GET and POST /oauth/authorize, the way on after sign-in, and the answer to the consent page."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.describe import Told
from chassis.web.guard import check_csrf
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from contracts.applications import Application
from services.auth.authorize import answer, begin, chooser, consent, decide, failures, methods, onward
from services.auth.authorize.decide import Allowed, AskConsent, ChooseAccount, SignIn
from services.auth.authorize.parameters import AuthorizationParameters
from services.auth.authorize.store import Pending
from services.auth.ground import Ground
from services.auth.sessions import cookies, visit
from services.auth.sessions.store import SignedIn
from services.auth.token import form

FORM_BYTES = 16 * 1024


class ConsentForm(msgspec.Struct):
    request: str = ""
    csrf_token: str = ""
    decision: str = ""


@web.get(
    "/oauth/authorize",
    credentials=("own",),
    rate="page",
    face="page",
    told=Told(query=AuthorizationParameters, answers=(302,)),
)
async def authorize(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Asks a person to let an app know who they are (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2.1).

    Ends at the app's redirect_uri with `code` or `error`, `state` and `iss`. What is wrong with client_id or
    redirect_uri is shown here instead.
    """
    asked = await begin.asked(ground, form.pairs(request.scope["query_string"]))
    app, back = await begin.trusted(ground, asked), answer.Back(request, pages, ground.issuer)

    async def looked_at() -> Response[bytes]:
        pending = Pending(request=await begin.passed(ground, asked, app), created_at=ground.clock.now())
        return await _next(_Turn(ground, app, pending, None), request, pages)

    return await failures.told(request, back, asked, looked_at())


@web.post(
    "/oauth/authorize",
    credentials=("own",),
    rate="authorize",
    face="page",
    body_limit=FORM_BYTES,
    told=Told(form=AuthorizationParameters, answers=(303,)),
)
async def authorize_by_post(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The same by form. It goes on by GET, because a browser sends no cookie of ours with another site's form."""
    if not request.headers.get("content-type", "").startswith(form.FORM):
        raise InvalidRequest(f"The content type has to be {form.FORM}.")
    asked = await begin.asked(ground, form.pairs(await request.body()))
    app, back = await begin.trusted(ground, asked), answer.Back(request, pages, ground.issuer, after_form=True)

    async def kept() -> Response[bytes]:
        pending = Pending(request=await begin.passed(ground, asked, app), created_at=ground.clock.now())
        return see_other(onward.resume(await decide.keep(ground, pending), pending))

    return await failures.told(request, back, asked, kept())


@web.get(methods.RESUME, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def resume(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """The kept request once more, after sign-in; its parameters are the ones that were checked."""
    handle = request.query_params.get("request", "")
    pending = await decide.kept(ground, handle)
    app, back = await begin.again(ground, pending.request), answer.Back(request, pages, ground.issuer)
    answered = _next(_Turn(ground, app, pending, handle), request, pages)
    return await failures.told(request, back, pending.request, answered)


@web.post("/oauth/authorize/consent", credentials=("own",), rate="authorize", face="page", include_in_schema=False)
async def consent_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[ConsentForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """The person's yes or no, from the page that this very session was shown."""
    pending = await decide.kept(ground, data.request)
    visitor = await visit.visitor(request, ground)
    if visitor is None:
        return see_other(onward.sign_in(data.request, pending, again=False))
    check_csrf(visitor, data.csrf_token)
    if data.decision not in {"allow", "deny"}:
        raise InvalidRequest("decision has to be allow or deny.")
    app = await begin.again(ground, pending.request)
    back = answer.Back(request, pages, ground.issuer, after_form=True)
    answered = _decided(_Turn(ground, app, pending, data.request), visitor, back, data.decision)
    return await failures.told(request, back, pending.request, answered)


class _Turn(msgspec.Struct, frozen=True):
    """One look at a request; `handle` if it is kept already."""

    ground: Ground
    app: Application
    pending: Pending
    handle: str | None

    async def kept(self) -> str:
        return self.handle or await decide.keep(self.ground, self.pending)


async def _decided(turn: _Turn, visitor: SignedIn, back: answer.Back, decision: str) -> Response[bytes]:
    """The way back with the person's word, unless more than that is needed now. Raises BackToClient, RequestExpired."""
    handle = await turn.kept()
    if decision == "deny":
        await decide.deny(turn.ground, handle)
    outcome = await decide.decide(turn.ground, turn.app, turn.pending, visitor)
    if isinstance(outcome, ChooseAccount):
        return see_other(onward.resume(handle, turn.pending))
    if isinstance(outcome, SignIn):
        return see_other(onward.prove(handle, turn.pending, again=outcome.again, confirm=outcome.confirm))
    code = await decide.allow(turn.ground, turn.pending.request, visitor, handle)
    return back.with_code(turn.pending.request, code)


async def _next(turn: _Turn, request: Request[Any, Any, Any], pages: Pages) -> Response[bytes]:
    """Sign-in, consent or the way back. Raises BackToClient."""
    visitor = await visit.visitor(request, turn.ground)
    outcome = await decide.decide(turn.ground, turn.app, turn.pending, visitor)
    if visitor is None or isinstance(outcome, SignIn):
        proof = outcome if isinstance(outcome, SignIn) else SignIn(again=False)
        there = onward.prove(await turn.kept(), turn.pending, again=proof.again, confirm=proof.confirm)
        return answer.redirect(there)
    if isinstance(outcome, Allowed):
        code = await decide.allow(turn.ground, turn.pending.request, visitor, turn.handle)
        return answer.Back(request, pages, turn.ground.issuer).with_code(turn.pending.request, code)
    if isinstance(outcome, ChooseAccount):
        return chooser.page(request, pages, turn.app, turn.pending, (visitor, await turn.kept()))
    return await _ask(turn, request, pages, visitor, outcome)


async def _ask(
    turn: _Turn, request: Request[Any, Any, Any], pages: Pages, visitor: SignedIn, outcome: AskConsent
) -> Response[bytes]:
    handle = await turn.kept()
    here = onward.resume(handle, turn.pending)
    secret, cookie = cookies.form_secret(request, turn.ground.issuer)
    return pages.render(
        request,
        "consent.html",
        at=here,
        here=here,
        leads_away=True,
        cookies=[cookie],
        # Another person may come by a picture (auth.md 2.4), which begins with a form of whoever is nobody yet.
        by_picture="app" in (await methods.door(turn.ground, here)).shown,
        door_token=cookies.form_token(secret),
        app=turn.app,
        destination=consent.destination(turn.app, turn.pending.request.redirect_uri),
        scopes=consent.in_plain_words(pages.words, choose(request), outcome.fresh),
        visitor=visitor,
        handle=handle,
        other_account=onward.sign_in(handle, turn.pending, again=True),
    )


ROUTES = [authorize, authorize_by_post, resume, chooser.choose_form, consent_form]
