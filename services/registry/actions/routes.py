"""`POST /api/v1/admin/action_requests`."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from services.registry.actions import nonce
from services.registry.callers import administrator
from services.registry.ground import Ground


class ActionBody(msgspec.Struct, kw_only=True):
    """For instance `{"action": "approve", "target": "17"}`."""

    action: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[a-z_.]+$")]
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class NonceView(msgspec.Struct, kw_only=True):
    nonce: str
    expires_at: datetime


@web.post(
    "/api/v1/admin/action_requests", credentials=("session", "pak"), rate="api", scopes=("admin:review",),
    status_code=201,
)  # fmt: skip
async def request_action(
    request: Request[Any, Any, Any], data: JSONBody[ActionBody], ground: Given[Ground]
) -> Response[NonceView]:
    """A nonce for one dangerous act: good once, for this administrator, this act and target, for five minutes.

    403 `step_up_required` without a sign-in of the last 15 minutes.
    """
    made, until = await nonce.announce(ground, administrator(request), data.action, data.target)
    return Response(NonceView(nonce=made, expires_at=until), headers={"cache-control": "no-store"})


ROUTES = [request_action]
