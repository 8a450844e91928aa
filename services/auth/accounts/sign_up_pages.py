"""The sign-up page, and the page behind a mailed link."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import ValidationFailed
from chassis.web import Given
from chassis.web.guard import CsrfTokenMissing
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth.accounts import returning, sign_up, verifications
from services.auth.authorize import methods
from services.auth.ground import Ground
from services.auth.sessions import cookies


class SignUpForm(msgspec.Struct):
    email: str = ""
    password: str = ""
    return_to: str = ""
    csrf_token: str = ""


class LinkForm(msgspec.Struct):
    token: str = ""
    csrf_token: str = ""


@web.get("/console/signup", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def sign_up_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], return_to: FromQuery[str] = ""
) -> Response[bytes]:
    """The form of a sign-up: a developer's, or that of somebody whom an application sent."""
    return await _form(request, ground, pages, SignUpForm(return_to=return_to))


@web.post("/console/signup", credentials=("own",), rate="signup", face="page", include_in_schema=False)
async def sign_up_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[SignUpForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Takes the form; the answer is the same whether the address is new or known."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    form = sign_up.SignUp(
        email=data.email, password=data.password, language=choose(request), return_to=returning.wish(data.return_to)
    )
    try:
        await sign_up.register(ground, form)
    except ValidationFailed as problem:
        return await _form(request, ground, pages, data, problem.fields)
    return see_other("/console/signup/sent")


@web.get("/console/signup/sent", credentials=("none",), rate="page", face="page", include_in_schema=False)
async def sign_up_sent(request: Request[Any, Any, Any], pages: Given[Pages]) -> Response[bytes]:
    """Asks to look for the mail."""
    return pages.render(request, "sent.html")


@web.get("/console/verify_email", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def verify_email_page(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    token: FromQuery[str] = "",
) -> Response[bytes]:
    """A button; mail scanners that open every link do not press it, so they do not use the link up."""
    secret, cookie = cookies.form_secret(request, ground.issuer)
    return pages.render(
        request, "verify_email.html", token=token, csrf_token=cookies.form_token(secret), cookies=[cookie]
    )


@web.post("/console/verify_email", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def verify_email_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[LinkForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Uses the link up."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    proved = await verifications.accept(ground, data.token)
    return pages.render(
        request,
        "verified.html",
        at="/session/new",
        next=returning.after_mail(proved.return_to),
        onward=bool(proved.return_to) or proved.account.role == "user",
    )


async def _form(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    form: SignUpForm,
    wrong: dict[str, list[str]] | None = None,
) -> Response[bytes]:
    secret, cookie = cookies.form_secret(request, ground.issuer)
    t = pages.words.of(choose(request))
    return_to = returning.wish(form.return_to)
    return pages.render(
        request,
        "sign_up.html",
        status=422 if wrong else 200,
        at=returning.sign_up(return_to),
        csrf_token=cookies.form_token(secret),
        cookies=[cookie],
        email=form.email,
        return_to=return_to,
        sign_in=returning.sign_in(return_to) if return_to else "/console/login",
        asker=(await methods.door(ground, return_to)).asker,
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )
