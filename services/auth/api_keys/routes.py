"""/api/v1/me/api_keys: personal API keys by API, with a session or with a key that has `keys:manage`."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import Body

from chassis import web
from chassis.problems import ValidationFailed
from chassis.web import Given
from chassis.web.describe import Told
from services.auth.api_keys import make, store
from services.auth.api_keys.make import KeyRequest
from services.auth.api_keys.store import ApiKey
from services.auth.ground import Ground
from services.auth.paths import Id

_WORDS = {
    "keys.name_length": "A name of 1 to 80 printable characters is needed.",
    "keys.scopes_wrong": "At least one scope is needed, and only scopes that the account may grant.",
    "keys.days_range": "A number of days from 1 to 365 is needed.",
    "keys.slug": "An organisation is named by its slug, of lower-case letters, digits and hyphens.",
}


class ApiKeyRequest(msgspec.Struct, kw_only=True):
    """`expires_in_days` from 1 to 365; `organization` counts where a request with the key names none."""

    name: str
    scopes: list[str]
    expires_in_days: int = 90
    organization: str | None = None


class CreatedApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is the plain text; it is shown in this reply and never again."""

    id: int
    key: str
    name: str
    prefix: str
    last4: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    organization: str | None


@web.get("/api/v1/me/api_keys", credentials=("session", "pak"), scopes=("keys:manage",), rate="api", tags=["API keys"])
async def list_api_keys(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[ApiKey]:
    """Living keys, the newest first; never their plain text."""
    return await store.living(ground.db, web.person(request).user_id, ground.clock.now())


@web.post(
    "/api/v1/me/api_keys",
    credentials=("session", "pak"),
    scopes=("keys:manage",),
    rate="api",
    status_code=201,
    tags=["API keys"],
    told=Told(answers=(409,)),
)
async def create_api_key(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[ApiKeyRequest, Body()]
) -> CreatedApiKey:
    """Makes a key. 403 `step_up_required` for a session whose sign-in is older than 15 minutes, `insufficient_scope`
    for a key that wants more than its maker has; 409 `too_many_api_keys` above 20.
    """
    wish = KeyRequest(
        name=data.name,
        scopes=tuple(data.scopes),
        expires_in_days=data.expires_in_days,
        organization=data.organization,
    )
    try:
        made = await make.create(ground, web.person(request), wish)
    except ValidationFailed as problem:
        said = {name: [_WORDS[key] for key in keys] for name, keys in problem.fields.items()}
        raise ValidationFailed(fields=said) from problem
    return CreatedApiKey(
        id=made.key.id,
        key=made.plain,
        name=made.key.name,
        prefix=made.key.prefix,
        last4=made.key.last4,
        scopes=list(made.key.scopes),
        created_at=made.key.created_at,
        expires_at=made.key.expires_at,
        organization=made.key.organization,
    )


@web.delete(
    "/api/v1/me/api_keys/{key_id:int}",
    credentials=("session", "pak"),
    scopes=("keys:manage",),
    rate="api",
    status_code=204,
    tags=["API keys"],
)
async def revoke_api_key(request: Request[Any, Any, Any], ground: Given[Ground], key_id: Id) -> None:
    """Revokes a key at once; 404 for one that is not yours or was revoked before."""
    await make.revoke(ground, web.person(request).user_id, key_id)
