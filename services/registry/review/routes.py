"""`/api/v1/admin/approvals`: the review queue."""

from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response
from litestar.params import FromQuery, JSONBody, QueryParameter

from chassis import web
from chassis.web import Given
from services.registry.applications.routes import PerPage
from services.registry.callers import administrator
from services.registry.ground import Ground
from services.registry.lists import paging
from services.registry.paths import Id
from services.registry.promotion.routes import PromotionView
from services.registry.promotion.routes import view as promotion_view
from services.registry.promotion.store import State
from services.registry.review import decide, document, look
from services.registry.review.decide import Approval
from services.registry.review.look import ApprovalView, WaitingView
from services.registry.review.store import Filters

ADMINS: Final = ("session", "pak")
PATH: Final = "/api/v1/admin/approvals"
ONE: Final = f"{PATH}/{{request_id:int}}"
Text = Annotated[str | None, QueryParameter(max_length=64)]
Page = Annotated[int, QueryParameter(ge=1, le=10_000)]
Words = Annotated[str, msgspec.Meta(max_length=4000)]
Nonce = Annotated[str, msgspec.Meta(max_length=200)]


class ApproveBody(msgspec.Struct, kw_only=True):
    action_request_nonce: Nonce
    risk_acknowledged: bool = False
    acknowledged_flags: list[str] = []
    note: Words | None = None


class ReasonBody(msgspec.Struct, kw_only=True):
    reason: Words


class FeedbackBody(msgspec.Struct, kw_only=True):
    feedback: Words


@web.get(PATH, credentials=ADMINS, rate="api", scopes=("admin:read",))
async def list_approvals(  # noqa: PLR0913, PLR0917 - the filters of registry.md 10
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    in_state: Annotated[State, QueryParameter(name="state")] = "submitted",
    flag: Text = None,
    created_via: Text = None,
    sort: FromQuery[Literal["oldest", "score"]] = "oldest",
    page: Page = 1,
    per_page: PerPage = 50,
) -> list[WaitingView]:
    """What waits for review with its risk flags, oldest first, or by score."""
    wanted = Filters(state=in_state, flag=flag, created_via=created_via)
    skipped = paging.skipped(page, per_page)
    return await look.queue(ground, administrator(request), wanted, sort, (per_page, skipped))


@web.get(ONE, credentials=ADMINS, rate="api", scopes=("admin:read",))
async def get_approval(request: Request[Any, Any, Any], request_id: Id, ground: Given[Ground]) -> ApprovalView:
    """One request with its app, the details of its flags, and its score of this moment, each signal in words."""
    return await look.closely(ground, administrator(request), request_id)


@web.get(f"{ONE}/document", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def get_document(request: Request[Any, Any, Any], request_id: Id, ground: Given[Ground]) -> Response[bytes]:
    """The certificate as PDF; each download is in the audit log."""
    pdf = await document.opened(ground, administrator(request), request_id)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="certificate-{request_id}.pdf"',
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


@web.post(f"{ONE}/approve", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def approve(
    request: Request[Any, Any, Any], request_id: Id, data: JSONBody[ApproveBody], ground: Given[Ground]
) -> PromotionView:
    """Lets the app go live. Needs a nonce for `approve` of this request, and every risk flag acknowledged (422)."""
    given = Approval(
        risk_acknowledged=data.risk_acknowledged,
        acknowledged_flags=tuple(data.acknowledged_flags),
        note=data.note,
        nonce=data.action_request_nonce,
    )
    return promotion_view(await decide.approve(ground, administrator(request), request_id, given))


@web.post(f"{ONE}/reject", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def reject(
    request: Request[Any, Any, Any], request_id: Id, data: JSONBody[ReasonBody], ground: Given[Ground]
) -> PromotionView:
    """Says no, with a reason of at least ten characters that the owners get by mail."""
    return promotion_view(await decide.reject(ground, administrator(request), request_id, data.reason))


@web.post(f"{ONE}/request_changes", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def request_changes(
    request: Request[Any, Any, Any], request_id: Id, data: JSONBody[FeedbackBody], ground: Given[Ground]
) -> PromotionView:
    """Puts the request on hold, with at least ten characters on what to change."""
    return promotion_view(await decide.request_changes(ground, administrator(request), request_id, data.feedback))


ROUTES = [list_approvals, get_approval, get_document, approve, reject, request_changes]
