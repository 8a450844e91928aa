"""DELETE /api/v1/me, the page that asks for it, and the page at which a closed account comes back."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from chassis.web.guard import CsrfTokenMissing
from chassis.web.pages import Pages, see_other
from contracts.principal import Session
from services.auth import sessions, step_up
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.deletion import close, restore
from services.auth.deletion.refusals import LastOwner
from services.auth.ground import Ground
from services.auth.sessions import cookies

HERE = "/account/delete"


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """Until `purge_at` the account can come back."""

    deleted_at: datetime
    purge_at: datetime


class DeleteForm(TokenForm):
    understood: str = ""


class OfferForm(TokenForm):
    offer: str = ""


@web.delete(
    "/api/v1/me",
    credentials=("session",),
    rate="api",
    status_code=202,
    tags=["Account"],
    told=Told(answers=(409,)),
)
async def delete_me(request: Request[Any, Any, Any], ground: Given[Ground]) -> Deletion:
    """Deletes the account: at once it can do nothing, for 30 days it can come back, then it is gone for good.

    403 `step_up_required` unless the session has shown a moment ago who it is; 409 `last_owner` with `organizations`
    while organisations with other members would lose their last owner.
    """
    caller = web.principal(request)
    step_up.require(ground, caller)
    closed = await close.account(ground, web.person(request).user_id)
    return Deletion(deleted_at=closed.deleted_at, purge_at=closed.purge_at)


@web.get(HERE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def delete_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """What will happen, a copy to take along, and the button."""
    return await _page(request, ground, pages)


@web.post(HERE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def delete_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[DeleteForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Deletes the account of whoever said that they understand."""
    caller: Session = checked(request, data.csrf_token)
    if data.understood != "yes":
        return await _page(request, ground, pages, errors={"understood": "deletion.understood_missing"})
    step_up.require(ground, caller)
    try:
        await close.account(ground, caller.user_id)
    except LastOwner as problem:
        return await _page(request, ground, pages, organizations=problem.members["organizations"])
    return see_other(restore.PAGE, cookies=[sessions.expired(ground.issuer)])


@web.get(restore.PAGE, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def closed_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], offer: FromQuery[str] = ""
) -> Response[bytes]:
    """Says that the account is closed; to its owner with an offer, how to keep it."""
    closed = await restore.offered(ground, offer) if offer else None
    secret, cookie = cookies.form_secret(request, ground.issuer)
    return pages.render(
        request,
        "closed.html",
        cookies=[cookie],
        csrf_token=cookies.form_token(secret),
        offer=offer,
        purge_at=closed.purge_at if closed else None,
    )


@web.post(restore.PAGE, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def keep_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[OfferForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Brings the account back; its owner signs in as ever."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    await restore.accept(ground, data.offer)
    return see_other("/session/new?return_to=/account/security")


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    *,
    errors: dict[str, str] | None = None,
    organizations: list[str] | None = None,
) -> Response[bytes]:
    return pages.render(
        request,
        "delete.html",
        status=422 if errors else 409 if organizations else 200,
        at=HERE,
        visitor=await visitor(request, ground),
        errors=errors or {},
        organizations=organizations or [],
    )


ROUTES = [delete_me, delete_page, delete_form, closed_page, keep_form]
