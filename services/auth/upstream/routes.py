"""/auth/{provider}/web/start and /callback: the way to another provider and back (auth.md 1.2, 2.6)."""

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import see_other
from services.auth.accounts import returning
from services.auth.authorize import answer, methods
from services.auth.factors import entrance
from services.auth.ground import Ground
from services.auth.sessions import cookies, visit
from services.auth.token import form
from services.auth.upstream import begin, finish
from services.auth.upstream.finish import Arrival, Landed

START = "/auth/{provider:str}/web/start"
CALLBACK = "/auth/{provider:str}/web/callback"

PASSED_ON = ("state", "code", "iss", "error")
"""What counts of a provider's answer. Apple also posts an ID token and a name, which we do without."""

LONGEST = 4096


@web.get(START, credentials=("own",), rate="authorize", face="page", include_in_schema=False)
async def start(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    provider: FromPath[str],
    return_to: FromQuery[str] = "",
    again: FromQuery[bool] = False,
) -> Response[bytes]:
    """Sends the browser to the provider, if the app that waits behind `return_to` lets people in by it."""
    connector = await begin.known(ground, provider)
    await methods.must_take(ground, return_to, provider)
    secret, cookie = cookies.form_secret(request, ground.issuer)
    location = await begin.set_out(ground, connector, secret, returning.safe(return_to), again=again)
    response = answer.redirect(location)
    if cookie is not None:
        response.set_cookie(cookie)
    return response


@web.get(CALLBACK, credentials=("own",), rate="login", face="page", include_in_schema=False)
async def callback(request: Request[Any, Any, Any], ground: Given[Ground], provider: FromPath[str]) -> Response[bytes]:
    """The provider's answer. The state is spent, whatever comes of it."""
    told = _told(form.pairs(request.scope["query_string"]))
    arrival = Arrival(
        state=told.get("state", ""),
        code=told.get("code", ""),
        iss=told.get("iss"),
        error=told.get("error", ""),
        browser=cookies.form_secret(request, ground.issuer)[0],
        place=visit.place(request),
        language=choose(request),
        visitor=await visit.visitor(request, ground),
        cookie=cookies.value(request, ground.issuer),
    )
    return _on(ground, await finish.land(ground, provider, arrival))


@web.post(CALLBACK, credentials=("own",), rate="page", face="page", include_in_schema=False, body_limit=16 * 1024)
async def callback_by_form(request: Request[Any, Any, Any], provider: FromPath[str]) -> Response[bytes]:
    """The same by form, as Apple has it. It goes on by GET: a browser sends no cookie of ours with another site's form,
    and without that cookie nobody signs in. No CSRF token, for the same reason.
    """
    if not request.headers.get("content-type", "").startswith(form.FORM):
        raise InvalidRequest(f"The content type has to be {form.FORM}.")
    told = _told(form.pairs(await request.body()))
    return see_other(f"/auth/{quote(provider, safe='')}/web/callback?{urlencode(told)}")


def _told(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Each member once and short, or not at all. Raises InvalidRequest."""
    told: dict[str, str] = {}
    for name, value in pairs:
        if name not in PASSED_ON:
            continue
        if name in told or len(value) > LONGEST:
            raise InvalidRequest("The provider's answer has a member twice, or one that is too long.")
        told[name] = value
    return told


def _on(ground: Ground, landed: Landed) -> Response[bytes]:
    """Without our address as a referrer: it held the provider's code."""
    if landed.opened is None:
        return answer.redirect(landed.path)
    response = entrance.lead(ground, landed.opened, landed.path)
    response.headers["referrer-policy"] = "no-referrer"
    return response


ROUTES = [start, callback, callback_by_form]
