"""`/api/v1/applications/{id}/promotion_request`."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import NotFound, ValidationFailed
from chassis.web import Given
from contracts.routes import MIB
from services.registry.applications import parse, show
from services.registry.applications.parse import READERS
from services.registry.applications.routes import PATH as APPLICATION
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.paths import Id
from services.registry.promotion import store, submit
from services.registry.promotion.store import PromotionRequest
from services.registry.promotion.submit import Form

PATH: Final = f"{APPLICATION}/promotion_request"
LIMIT: Final = 11 * MIB
TEXTS: Final = ("service_description", "technical_contact_email")

Multipart = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


class PromotionView(msgspec.Struct, kw_only=True):
    """An application for promotion, as its applicant sees it."""

    id: int
    application_id: int
    state: str
    submitted_by: int | None
    submitted_at: datetime
    reviewed_by: int | None
    reviewed_at: datetime | None
    reason: str | None
    feedback: str | None
    risk_flags_snapshot: tuple[str, ...]
    acknowledged_flags: tuple[str, ...]
    document_sha256: str | None
    tos_version: str | None
    dpa_version: str | None
    revision: int


@web.post(
    PATH, credentials=READERS, rate="api", scopes=("apps:manage",), status_code=201, body_limit=LIMIT, timeout_ms=30_000
)
async def submit_promotion(
    request: Request[Any, Any, Any], application_id: Id, data: Multipart, ground: Given[Ground]
) -> PromotionView:
    """Applies for production: a certificate as PDF, a description, a contact, both agreements, and the risk flags seen.

    Members: `business_registration`, `service_description`, `technical_contact_email`, `agree_tos`, `agree_dpa`,
    `risk_acknowledged`, `acknowledged_flags[]`.
    """
    form = await _form(data)
    return view(await submit.request(ground, parse.who(request, application_id), form))


@web.get(PATH, credentials=READERS, rate="api", scopes=("apps:read",))
async def get_promotion(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> PromotionView:
    """The latest application for promotion of this app."""
    await show.one(ground, caller(request).user_id, application_id)
    found = await store.latest(ground.db, application_id)
    if found is None:
        raise NotFound
    return view(found)


@web.put(PATH, credentials=READERS, rate="api", scopes=("apps:manage",), body_limit=LIMIT, timeout_ms=30_000)
async def resubmit_promotion(
    request: Request[Any, Any, Any], application_id: Id, data: Multipart, ground: Given[Ground]
) -> PromotionView:
    """The same once more, after a reviewer asked for changes."""
    form = await _form(data)
    return view(await submit.again(ground, parse.who(request, application_id), form))


@web.delete(PATH, credentials=READERS, rate="api", scopes=("apps:manage",))
async def cancel_promotion(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> PromotionView:
    """Takes an application for promotion back that nobody has decided yet."""
    return view(await submit.cancel(ground, parse.who(request, application_id)))


ROUTES = [submit_promotion, get_promotion, resubmit_promotion, cancel_promotion]


def view(made: PromotionRequest) -> PromotionView:
    return PromotionView(**{name: getattr(made, name) for name in PromotionView.__struct_fields__})


async def _form(data: dict[str, Any]) -> Form:
    """Raises ValidationFailed, naming every member that is missing or of another kind."""
    texts = {name: data.get(name) for name in TEXTS}
    file = data.get("business_registration")
    faults = {name: ["is required"] for name, value in texts.items() if not isinstance(value, str)}
    if not isinstance(file, UploadFile):
        faults["business_registration"] = ["is required, as a file"]
    if faults or not isinstance(file, UploadFile):
        raise ValidationFailed(fields=faults)
    named = data.get("acknowledged_flags[]", data.get("acknowledged_flags", []))
    flags = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return Form(
        business_registration=await file.read(),
        service_description=str(texts["service_description"]),
        technical_contact_email=str(texts["technical_contact_email"]),
        agree_tos=_ticked(data, "agree_tos"),
        agree_dpa=_ticked(data, "agree_dpa"),
        risk_acknowledged=_ticked(data, "risk_acknowledged"),
        acknowledged_flags=tuple(flag for flag in flags if isinstance(flag, str)),
    )


def _ticked(data: dict[str, Any], name: str) -> bool:
    return str(data.get(name, "")).lower() in {"true", "1", "on"}
