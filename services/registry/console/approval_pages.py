"""`/admin/approvals`: the review queue, one request closely, and the decisions, for administrators."""

from typing import Any, Final, get_args

from litestar import Request, Response
from litestar.params import FromPath

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry import callers
from services.registry.actions import nonce
from services.registry.applications.change import Who
from services.registry.console.visitor import acknowledged, visitor
from services.registry.ground import Ground
from services.registry.lists import paging
from services.registry.paths import Id
from services.registry.promotion.store import State
from services.registry.review import decide, look, suspend
from services.registry.review.decide import Approval
from services.registry.review.store import Filters

HERE: Final = "/admin/approvals"
ONE: Final = f"{HERE}/{{request_id:int}}"
PER_PAGE: Final = 25
STATES: Final[tuple[State, ...]] = get_args(State)


@web.get(HERE, **PAGE)
async def approvals_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """What waits, oldest first or by score."""
    asked = request.query_params
    state = next((state for state in STATES if state == asked.get("state")), "submitted")
    number = asked.get("page", "1")
    page = min(int(number), paging.CAP // PER_PAGE) if number.isascii() and number.isdigit() and number != "0" else 1
    found = await look.queue(
        ground,
        callers.administrator(request),
        Filters(state=state),
        "score" if asked.get("sort") == "score" else "oldest",
        (PER_PAGE, paging.skipped(page, PER_PAGE)),
    )
    return pages.render(
        request,
        "approvals.html",
        visitor=await visitor(request, ground),
        here="approvals",
        waiting=found,
        state=state,
        states=STATES,
        sort="score" if asked.get("sort") == "score" else "oldest",
        page=page,
        more=len(found) == PER_PAGE,
    )


@web.get(ONE, **PAGE)
async def approval_page(
    request: Request[Any, Any, Any], request_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """One request with what speaks for and against it."""
    return await _shown(request, request_id, ground, pages, None)


@web.post(f"{ONE}/{{decision:str}}", **PAGE)
async def approval_form(
    request: Request[Any, Any, Any], request_id: Id, decision: FromPath[str], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """`approve`, `reject`, `request_changes`, `suspend` or `unsuspend`; shown again with what is wrong.

    The dangerous ones need that the person has stepped up; their nonce is made and used within this request.
    """
    sent, caller = await form(request), callers.administrator(request)
    fields, flags = texts(sent), acknowledged(sent)
    try:
        if decision == "approve":
            given = await nonce.announce(ground, caller, "approve", str(request_id))
            approval = Approval(
                risk_acknowledged=bool(flags), acknowledged_flags=flags, note=fields.get("note") or None,
                nonce=given[0],
            )  # fmt: skip
            await decide.approve(ground, caller, request_id, approval)
        elif decision == "reject":
            await decide.reject(ground, caller, request_id, fields.get("words", ""))
        elif decision == "request_changes":
            await decide.request_changes(ground, caller, request_id, fields.get("words", ""))
        else:
            await _suspended(ground, caller, request_id, decision, fields.get("words", ""))
    except Problem as refusal:
        if refusal.status not in (409, 422):
            raise
        return await _shown(request, request_id, ground, pages, refusal)
    return see_other(f"{HERE}/{request_id}")


ROUTES = [approvals_page, approval_page, approval_form]


async def _suspended(ground: Ground, caller: callers.Caller, request_id: int, decision: str, reason: str) -> None:
    found = await look.closely(ground, caller, request_id)
    who = Who(caller=caller, application_id=found.application.id)
    if decision == "suspend":
        given, _ = await nonce.announce(ground, caller, "suspend", str(who.application_id))
        await suspend.suspend(ground, who, reason, given)
    elif decision == "unsuspend":
        given, _ = await nonce.announce(ground, caller, "unsuspend", str(who.application_id))
        await suspend.lift(ground, who, given)
    else:
        raise Unknown


class Unknown(Problem):
    status, code = 404, "not_found"
    default_detail = "There is no such decision."


async def _shown(
    request: Request[Any, Any, Any], request_id: int, ground: Ground, pages: Pages, refusal: Problem | None
) -> Response[bytes]:
    found = await look.closely(ground, callers.administrator(request), request_id)
    return pages.render(
        request,
        "approval.html",
        status=refusal.status if refusal else 200,
        at=f"{HERE}/{request_id}",
        visitor=await visitor(request, ground),
        here="approvals",
        found=found,
        app=found.application,
        wrong=refusal,
    )
