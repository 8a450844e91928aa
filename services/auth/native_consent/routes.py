"""/api/v1/oauth/authorize: consent in the platform's own app, with the key of the device that it runs on."""

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import Body

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from chassis.web.languages import choose
from chassis.web.pages import Pages
from contracts.principal import Pak
from contracts.scopes import full_name
from services.auth.authorize import answer, consent
from services.auth.authorize.parameters import AuthorizationParameters
from services.auth.ground import Ground
from services.auth.native_consent import decide
from services.auth.token import form

PATH = "/api/v1/oauth/authorize"
NO_STORE = {"cache-control": "no-store"}


class ConsentApplication(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `destination` is where the person will be sent; its `standing` is `verified`, `this_device` or
    `unverified`.
    """

    client_id: str
    name: str
    logo_url: str | None
    app_link_url: str | None
    destination: str
    standing: str


class ScopePreview(msgspec.Struct, frozen=True, kw_only=True):
    """One scope in the words of the consent page; `granted` where the person has allowed it before."""

    scope: str
    title: str
    description: str
    granted: bool


class ConsentPreview(msgspec.Struct, frozen=True, kw_only=True):
    """`consent_required` is false where everything was allowed before."""

    application: ConsentApplication
    scopes: list[ScopePreview]
    consent_required: bool


class NativeCode(msgspec.Struct, frozen=True, kw_only=True):
    """`redirect_to` is the application's redirect URI with all of it."""

    code: str
    state: str
    iss: str
    redirect_uri: str
    redirect_to: str


class NativeRequest(AuthorizationParameters, kw_only=True):
    """The parameters of an authorization request, as JSON."""


@web.get(
    f"{PATH}/preview",
    credentials=("pak",),
    scopes=("profile:read",),
    rate="api",
    tags=["Native consent"],
    response_headers=NO_STORE,
    told=Told(query=AuthorizationParameters, answers=(400,)),
)
async def preview_authorization(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> ConsentPreview:
    """What an authorization request asks for, in the caller's language; nothing is granted by looking.

    403 `anonymous_not_allowed` for an anonymous account and an app that does not take those.
    """
    wanted = await decide.look(ground, _person(request), form.pairs(request.scope["query_string"]))
    app, shown = wanted.app, consent.destination(wanted.app, wanted.request.redirect_uri)
    words = consent.in_plain_words(pages.words, choose(request), wanted.scopes)
    return ConsentPreview(
        application=ConsentApplication(
            client_id=app.client_id,
            name=app.name,
            logo_url=app.logo_url,
            app_link_url=app.app_link_url,
            destination=shown.name,
            standing=shown.standing,
        ),
        scopes=[
            ScopePreview(scope=scope, title=ask.title, description=ask.words, granted=full_name(scope) in wanted.held)
            for scope, ask in zip(wanted.scopes, words, strict=True)
        ],
        consent_required=wanted.fresh,
    )


@web.post(
    PATH,
    credentials=("pak",),
    scopes=("profile:write",),
    rate="authorize",
    status_code=200,
    tags=["Native consent"],
    response_headers=NO_STORE,
    told=Told(answers=(400,)),
)
async def authorize_natively(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[NativeRequest, Body()]
) -> NativeCode:
    """The person has said yes: a code that is bound to the application's PKCE challenge, for the app to pass on."""
    person = _person(request)
    wanted = await decide.answered(ground, person, _pairs(data))
    code = await decide.allow(ground, person, wanted)
    to, members = wanted.request.redirect_uri, [("code", code), ("state", wanted.request.state), ("iss", ground.issuer)]
    return NativeCode(
        code=code,
        state=wanted.request.state,
        iss=ground.issuer,
        redirect_uri=to,
        redirect_to=answer.address(to, members),
    )


def _pairs(data: NativeRequest) -> list[tuple[str, str]]:
    """As if they had come in an address."""
    given: dict[str, str | list[str]] = msgspec.to_builtins(data)
    return [
        (name, one) for name, value in given.items() for one in ([value] if isinstance(value, str) else value) if one
    ]


def _person(request: Request[Any, Any, Any]) -> Pak:
    caller = web.person(request)
    if not isinstance(caller, Pak):
        raise TypeError("this route's guard admits callers without a key")
    return caller


ROUTES = [preview_authorization, authorize_natively]
