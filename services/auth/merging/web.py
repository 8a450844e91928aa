"""/account/merge: the same with a browser, by a code that goes to the other account's mailbox."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages
from services.auth import step_up
from services.auth.account_area.cards import Card, Standing
from services.auth.accounts.console_pages import checked, visitor
from services.auth.factors import tries
from services.auth.factors.tries import WrongCode
from services.auth.ground import Ground
from services.auth.merging import merge, store
from services.auth.merging.merge import Merged
from services.auth.merging.proofs import codes
from services.auth.merging.refusals import (
    ChainForbidden,
    InvalidOtp,
    OtherFactorNeeded,
    SelfMergeForbidden,
    TargetUnusable,
    TooManyCodes,
)
from services.auth.merging.routes import requester
from services.auth.standing.change import LastAdministrator

PAGE: Final = "/account/merge"


class AddressForm(msgspec.Struct):
    csrf_token: str = ""
    target_email: str = ""


class CodeForm(msgspec.Struct):
    csrf_token: str = ""
    target_email: str = ""
    otp_code: str = ""
    second_factor_code: str = ""
    understood: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is: which address they named, what was wrong by field, and what came of it."""

    target_email: str = ""
    asked: bool = False
    owes: bool = False
    """Whether the other account wants its second factor to be shown as well."""
    wrong: dict[str, str] = {}
    status: int = 200
    merged: Merged | None = None


async def standing(ground: Ground, user_id: int) -> Standing:
    """For the page of all that guards an account."""
    count = await store.absorbed_by(ground.db, user_id)
    if not count:
        return Standing(words="security.merge_none")
    return Standing(words="security.merge_some", values={"count": count})


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def merge_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """What a merge is, and the field for the other account's address."""
    step_up.require(ground, web.principal(request))
    return await _page(request, ground, pages, Step())


@web.post(f"{PAGE}/code", credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def merge_code_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[AddressForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Mails the code, and asks for it whether or not anybody has the address."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    email = data.target_email.strip()[:320]
    try:
        await codes.send(ground, caller.user_id, email)
    except TooManyCodes as problem:
        wrong = {"target_email": "merge.too_many"}
        step = Step(target_email=email, wrong=wrong, status=problem.status)
        response = await _page(request, ground, pages, step)
        response.headers.update(problem.headers)
        return response
    return await _page(request, ground, pages, Step(target_email=email, asked=True))


@web.post(PAGE, credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def merge_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Merges, once the person has confirmed that it cannot be undone."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    email = data.target_email.strip()[:320]
    if data.understood != "yes":
        wrong = {"understood": "merge.understand_first"}
        return await _page(request, ground, pages, Step(target_email=email, asked=True, wrong=wrong, status=422))
    try:
        target_id = await codes.target_of(ground, email)
        proven = await codes.proven(ground, caller.user_id, target_id, data.otp_code)
        factor = data.second_factor_code.strip()[:200] or None
        proven = msgspec.structs.replace(proven, second_factor=factor)
        done = await merge.accounts_of(ground, requester(request), proven)
    except (InvalidOtp, TargetUnusable, ChainForbidden, SelfMergeForbidden, LastAdministrator) as problem:
        step = Step(target_email=email, asked=True, wrong={"otp_code": f"merge.{problem.code}"}, status=422)
        return await _page(request, ground, pages, step)
    except (OtherFactorNeeded, WrongCode, tries.TooManyCodes) as problem:
        wrong = {"second_factor_code": f"merge.{problem.code}"}
        step = Step(target_email=email, asked=True, owes=True, wrong=wrong, status=problem.status)
        return await _page(request, ground, pages, step)
    return await _page(request, ground, pages, Step(target_email=email, merged=done))


async def _page(request: Request[Any, Any, Any], ground: Ground, pages: Pages, step: Step) -> Response[bytes]:
    t = pages.words.of(choose(request))
    return pages.render(
        request,
        "merge.html",
        status=step.status,
        at=PAGE,
        visitor=await visitor(request, ground),
        step=step,
        errors={name: t(words) for name, words in step.wrong.items()},
    )


CARD: Final = Card(name="merge", address=PAGE, standing=standing)

ROUTES = [merge_page, merge_code_form, merge_form]
