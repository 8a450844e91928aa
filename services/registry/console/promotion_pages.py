"""`/developer/applications/{id}/promotion`: applying for production, and where an application for it stands."""

from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import FormMultiDict, UploadFile

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.console import PAGE, form
from chassis.web.pages import Pages, see_other
from services.registry.applications import parse, show
from services.registry.applications import representation as views
from services.registry.console.visitor import acknowledged, beside, visitor
from services.registry.ground import Ground
from services.registry.paths import Id
from services.registry.promotion import store, submit
from services.registry.promotion.routes import LIMIT
from services.registry.promotion.submit import Form

HERE: Final = "/developer/applications/{application_id:int}/promotion"
TICKS: Final = ("agree_tos", "agree_dpa")
TEXTS: Final = ("service_description", "technical_contact_email")


@web.get(HERE, **PAGE)
async def promotion_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The form, or what became of the last one that was handed in."""
    return await _page(request, ground, pages, application_id, {}, None)


@web.post(HERE, **{**PAGE, "rate": "api", "body_limit": LIMIT, "timeout_ms": 30_000})
async def promotion_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Hands it in, the first time or again; shown once more with what is wrong, but for the file."""
    sent = await form(request)
    who = parse.who(request, application_id)
    last = await store.latest(ground.db, application_id)
    hand_in = submit.again if last is not None and last.state == "changes_requested" else submit.request
    try:
        await hand_in(ground, who, await _form(sent))
    except Problem as refusal:
        if refusal.status not in (409, 422):
            raise
        draft = {name: str(sent.get(name, "")) for name in (*TEXTS, *TICKS)}
        return await _page(request, ground, pages, application_id, draft, refusal)
    return see_other(f"/developer/applications/{application_id}/promotion")


@web.post(f"{HERE}/cancel", **PAGE)
async def cancel_promotion_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[bytes]:
    """Takes it back while nobody has decided it."""
    await form(request)
    await submit.cancel(ground, parse.who(request, application_id))
    return see_other(f"/developer/applications/{application_id}/promotion")


ROUTES = [promotion_page, promotion_form, cancel_promotion_form]


async def _form(sent: FormMultiDict) -> Form:
    file = sent.get("business_registration")
    flags = acknowledged(sent)
    return Form(
        business_registration=await file.read() if isinstance(file, UploadFile) else b"",
        service_description=str(sent.get("service_description", "")),
        technical_contact_email=str(sent.get("technical_contact_email", "")),
        agree_tos=bool(sent.get("agree_tos")),
        agree_dpa=bool(sent.get("agree_dpa")),
        risk_acknowledged=bool(flags),
        acknowledged_flags=flags,
    )


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    application_id: int,
    draft: dict[str, str],
    refusal: Problem | None,
) -> Response[bytes]:
    person = await visitor(request, ground)
    stored, role = await show.with_role(ground, person.user_id, application_id)
    last = await store.latest(ground.db, application_id)
    return pages.render(
        request,
        "promotion.html",
        status=refusal.status if refusal else 200,
        at=f"/developer/applications/{application_id}/promotion",
        visitor=person,
        here="apps",
        app=views.show(stored),
        keeper=role != "developer",
        last=last,
        draft={**dict.fromkeys((*TEXTS, *TICKS), ""), **draft},
        errors=beside(request, pages, refusal, "service_description"),
    )
