"""`GET /api/v1/webhook_signing_keys`: the receiver fetches what it verifies with (delivery.md 9.3)."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given, etags
from chassis.web.numbers import Id
from services.delivery.caller import confidential, developer
from services.delivery.ground import Ground
from services.delivery.keys import rotate, store
from services.delivery.keys.ring import Ring
from services.delivery.keys.rotate import NewWebhookSecret
from services.delivery.registry import Registry


class KeyView(msgspec.Struct, kw_only=True):
    kid: str
    status: str
    secret: str
    created_at: datetime
    not_after: datetime | None
    alg: str = "HS256"


class JsonWebKeys(msgspec.Struct):
    """RFC 7517 section 5."""

    keys: list[dict[str, Any]]


class KeyList(msgspec.Struct):
    keys: list[KeyView]


@web.get("/api/v1/webhook_signing_keys", credentials=("client",), rate="events")
async def list_signing_keys(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[KeyList]:
    """The active signing keys of this application, secrets included; private to it. 304 for whoever has them."""
    client = confidential(request)
    found = await store.active(ground.db, ground.vault, client.client_id)
    tag = hashlib.sha256(" ".join(f"{key.kid}:{key.status}" for key in found).encode()).hexdigest()[:16]
    headers = {"cache-control": "private, max-age=300", "etag": f'"{tag}"'}
    if etags.known(request, headers["etag"]):
        return Response(b"", status_code=304, headers=headers)  # type: ignore[arg-type] # a 304 has no body
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
    return Response(KeyList(views), headers=headers)


@web.get("/api/v1/webhook_signing_keys/jwks.json", credentials=("none",), rate="public", cached=True)
async def list_webhook_public_keys(ground: Given[Ground]) -> Response[JsonWebKeys]:
    """The public keys of `v1a` signatures; a new one is listed a day before it signs."""
    ring = Ring(ground.db, ground.vault, "webhook")
    keys = JsonWebKeys(await ring.published(ground.clock.now()))
    tag = hashlib.sha256(" ".join(str(key["kid"]) for key in keys.keys).encode()).hexdigest()[:16]
    return Response(keys, headers={"cache-control": "public, max-age=300", "etag": f'"{tag}"'})


@web.post(
    "/api/v1/applications/{application_id:int}/rotate_webhook_secret",
    credentials=("session", "pak", "access_token"),
    rate="api",
    scopes=("apps:manage",),
)
async def rotate_webhook_secret(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], registry: Given[Registry]
) -> Response[NewWebhookSecret]:
    """The secret of the older form anew, shown once; for owners and admins. Receivers try both for 24 hours."""
    actor = developer(request)
    app = await registry.application(actor.user_id, application_id, "own")
    new = await rotate.webhook_secret(ground, actor, app.client_id)
    return Response(new, headers={"cache-control": "no-store"})


ROUTES = [list_signing_keys, list_webhook_public_keys, rotate_webhook_secret]
