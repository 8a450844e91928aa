"""/account/merge/leave and …/arrive: one browser signs in to both accounts, one after the other, and needs no mailbox.

What it takes from the first to the second is a merge session token (auth.md 6.5), in a cookie that no script reads.
"""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth import step_up
from services.auth.accounts import addresses, returning
from services.auth.accounts import store as accounts
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.ground import Ground
from services.auth.merging import merge
from services.auth.merging.merge import Proven
from services.auth.merging.proofs import tokens
from services.auth.merging.refusals import (
    ChainForbidden,
    MergeTokenConsumed,
    MergeTokenExpired,
    MergeTokenUnknown,
    TargetUnusable,
)
from services.auth.merging.routes import requester
from services.auth.sessions import cookies
from services.auth.standing.change import LastAdministrator

LEAVE: Final = "/account/merge/leave"
ARRIVE: Final = "/account/merge/arrive"
COOKIE: Final = "logi_merge"

_OVER: Final = (MergeTokenUnknown, MergeTokenExpired, MergeTokenConsumed)


class ArriveForm(msgspec.Struct):
    csrf_token: str = ""
    understood: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The account that this browser has proved, and how to use the proof."""

    proven: Proven
    address: str


@web.post(LEAVE, credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def leave_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Proves this account for five minutes, and asks the person to sign in to the one that is to stay."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    minted = await tokens.mint(ground, caller.user_id, None)
    return see_other(f"{returning.sign_in(ARRIVE)}&again=1", cookies=[_cookie(ground, minted.plain)])


@web.get(ARRIVE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def arrive_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Names both accounts, and asks."""
    step_up.require(ground, web.principal(request))
    return await _page(request, ground, pages)


@web.post(ARRIVE, credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def arrive_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[ArriveForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Merges, once the person has confirmed that it cannot be undone."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    waiting = await _waiting(request, ground)
    if waiting is None or waiting.proven.target_id == caller.user_id:
        return await _page(request, ground, pages)
    if data.understood != "yes":
        return await _page(request, ground, pages, wrong="merge.understand_first", status=422)
    try:
        await merge.accounts_of(ground, requester(request), waiting.proven)
    except _OVER:
        return await _page(request, ground, pages)
    except (TargetUnusable, ChainForbidden, LastAdministrator) as problem:
        return await _page(request, ground, pages, wrong=_words(problem), status=422)
    return await _page(request, ground, pages, absorbed=waiting.address)


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    *,
    wrong: str = "",
    status: int = 200,
    absorbed: str = "",
) -> Response[bytes]:
    person = await visitor(request, ground)
    waiting = None if absorbed else await _waiting(request, ground)
    return pages.render(
        request,
        "merge_arrive.html",
        status=status,
        at=ARRIVE,
        visitor=person,
        cookies=[_cookie(ground, None)] if absorbed else [],
        absorbed=absorbed,
        waiting=waiting,
        same=waiting is not None and waiting.proven.target_id == person.user_id,
        again=f"{returning.sign_in(ARRIVE)}&again=1",
        errors={"understood": pages.words.of(choose(request))(wrong)} if wrong else {},
    )


async def _waiting(request: Request[Any, Any, Any], ground: Ground) -> Waiting | None:
    """None where this browser has proved nothing, or too long ago."""
    shown = request.cookies.get(cookies.cookie_name(ground.issuer, COOKIE), "")
    try:
        proven = await tokens.proven(ground, shown)
    except _OVER:
        return None
    account = await accounts.by_id(ground.db, proven.target_id)
    email = None if account is None else addresses.told(account.email, ground.settings.synthetic_mail_domain)
    return Waiting(proven=proven, address=email or str(proven.target_id))


def _words(problem: Problem) -> str:
    return f"merge.{problem.code}"


def _cookie(ground: Ground, plain: str | None) -> Cookie:
    """None makes the browser forget it."""
    seconds = 0 if plain is None else int(tokens.LIFETIME.total_seconds())
    return cookies.lasting(ground.issuer, COOKIE, plain or "", seconds)


ROUTES = [leave_form, arrive_page, arrive_form]
