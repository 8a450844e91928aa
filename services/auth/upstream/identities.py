"""The providers that an account is linked to: seen, added and removed by its owner (auth.md 8)."""

from typing import Annotated, Any, Final
from urllib.parse import unquote

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from chassis.web.pages import Pages, see_other
from contracts.principal import Principal
from services.auth import step_up
from services.auth.account_area.cards import Standing
from services.auth.accounts import ways_in
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.authorize import answer
from services.auth.ground import Ground
from services.auth.sessions import cookies
from services.auth.upstream import begin, store
from services.auth.upstream.store import Linked

PAGE: Final = "/account/identities"

Form = Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A provider on the page; `linked` where it is one of the account's."""

    key: str
    name: str
    linked: Linked | None = None


async def remove(ground: Ground, caller: Principal, user_id: int, provider: str) -> None:
    """Raises StepUpRequired, NotFound, LastIdentity; of two removals at once the second one counts the first."""
    step_up.require(ground, caller)
    async with ground.db.transaction() as tx:
        await ways_in.hold(tx, user_id)
        if not await store.unlink(tx, user_id, provider):
            raise NotFound
        await ways_in.must_be_left(tx, user_id)


async def standing(ground: Ground, user_id: int) -> Standing:
    """For the page of all that guards an account."""
    linked = await store.linked(ground.db, user_id)
    if not linked:
        return Standing(words="security.identities_none")
    return Standing(words="security.identities_some", values={"count": len(linked)}, tone="good")


@web.get(
    "/api/v1/me/connected_identities",
    credentials=("session", "pak"),
    scopes=("profile:read",),
    rate="api",
    tags=["Connected identities"],
)
async def list_connected_identities(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[Linked]:
    """The identities at other providers that open your account."""
    return await store.linked(ground.db, web.person(request).user_id)


@web.delete(
    "/api/v1/me/connected_identities/{provider:str}",
    credentials=("session",),
    rate="api",
    status_code=204,
    tags=["Connected identities"],
)
async def remove_connected_identity(
    request: Request[Any, Any, Any], ground: Given[Ground], provider: FromPath[str]
) -> None:
    """Needs step-up; 409 `last_identity` for the only way into the account, 404 if it is not linked."""
    person = web.person(request)
    await remove(ground, person, person.user_id, unquote(provider))


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def identities_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Every provider that is set up here or linked, with a button each."""
    person = await visitor(request, ground)
    linked = await store.linked(ground.db, person.user_id)
    used = {one.provider for one in linked}
    ways = [Way(key=one.provider, name=one.name, linked=one) for one in linked]
    ways += [
        Way(key=one.key, name=one.name)
        for one in await store.connectors(ground.db)
        if one.enabled and one.key not in used
    ]
    return pages.render(request, "identities.html", leads_away=True, visitor=person, ways=ways)


@web.post(
    "/account/identities/{provider:str}/link",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def link_form(
    request: Request[Any, Any, Any], ground: Given[Ground], provider: FromPath[str], data: Form
) -> Response[bytes]:
    """Sends the browser to the provider; whoever it is there is linked to this account."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    connector = await begin.known(ground, unquote(provider))
    secret, cookie = cookies.form_secret(request, ground.issuer)
    location = await begin.set_out(ground, connector, secret, PAGE, user_id=caller.user_id, again=True)
    response = answer.redirect(location, after_form=True)
    if cookie is not None:
        response.set_cookie(cookie)
    return response


@web.post(
    "/account/identities/{provider:str}/remove",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def remove_form(
    request: Request[Any, Any, Any], ground: Given[Ground], provider: FromPath[str], data: Form
) -> Response[bytes]:
    """Takes a provider from the account."""
    caller = checked(request, data.csrf_token)
    await remove(ground, caller, caller.user_id, unquote(provider))
    return see_other(PAGE)


ROUTES = [
    list_connected_identities,
    remove_connected_identity,
    identities_page,
    link_form,
    remove_form,
]
