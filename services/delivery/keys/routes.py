"""`GET /api/v1/webhook_signing_keys`: the receiver fetches what it verifies with (delivery.md 9.3)."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given
from services.delivery.caller import confidential
from services.delivery.ground import Ground
from services.delivery.keys import store


class KeyView(msgspec.Struct, kw_only=True):
    kid: str
    status: str
    secret: str
    created_at: datetime
    not_after: datetime | None
    alg: str = "HS256"


class KeyList(msgspec.Struct):
    keys: list[KeyView]


@web.get("/api/v1/webhook_signing_keys", credentials=("client",), rate="events")
async def list_signing_keys(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[KeyList]:
    """The active signing keys of this application, secrets included; private to it."""
    client = confidential(request)
    found = await store.active(ground.db, ground.vault, client.client_id)
    views = [
        KeyView(
            kid=key.kid,
            status=key.status,
            secret=key.secret.reveal(),
            created_at=key.created_at,
            not_after=key.not_after,
        )
        for key in found
    ]
    tag = hashlib.sha256(" ".join(f"{key.kid}:{key.status}" for key in found).encode()).hexdigest()[:16]
    headers = {"cache-control": "private, max-age=300", "etag": f'"{tag}"'}
    return Response(KeyList(views), headers=headers)


ROUTES = [list_signing_keys]
