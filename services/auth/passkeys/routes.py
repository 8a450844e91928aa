"""/api/v1/me/passkeys: passkeys by API. A key may list, rename and remove; making one needs the browser's session."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import Body

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from contracts.principal import Session
from services.auth import sessions, step_up
from services.auth.ground import Ground
from services.auth.passkeys import challenges, enrol, store
from services.auth.passkeys.store import Passkey
from services.auth.paths import Id

PATH = "/api/v1/me/passkeys"

_RELATED = {"cache-control": "public, max-age=300"}


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`synced`: its provider keeps copies on the person's other devices."""

    id: int
    name: str
    synced: bool
    transports: list[str]
    created_at: datetime
    last_used_at: datetime | None


class MadePasskey(msgspec.Struct, frozen=True, kw_only=True):
    """`backup_codes` are shown in this reply alone; none where there were some before."""

    passkey: PasskeyView
    backup_codes: list[str]


class RelatedOrigins(msgspec.Struct, frozen=True):
    """What a browser asks the host of a passkey for before it lets another host's page use it."""

    origins: list[str]


class NewPasskeyBody(msgspec.Struct, kw_only=True):
    """`credential` is what `navigator.credentials.create` gave, in the form of its `toJSON`."""

    name: str
    credential: dict[str, Any]


class PasskeyName(msgspec.Struct, kw_only=True):
    name: str


@web.get(PATH, credentials=("session", "pak"), scopes=("passkeys:read",), rate="api", tags=["Passkeys"])
async def list_passkeys(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[PasskeyView]:
    """One's passkeys, the oldest first."""
    return [_view(one) for one in await store.of(ground.db, web.person(request).user_id)]


@web.post(f"{PATH}/options", credentials=("session",), rate="passkeys", tags=["Passkeys"])
async def passkey_creation_options(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """What `navigator.credentials.create` needs (`PublicKeyCredential.parseCreationOptionsFromJSON`).

    Its challenge is for this session and counts once, within five minutes. 403 `step_up_required`, 409
    `too_many_passkeys`.
    """
    caller = web.session(request)
    step_up.require(ground, caller)
    options = msgspec.json.decode(await enrol.options(ground, caller), type=dict[str, Any])
    return Response(options, headers={"cache-control": "no-store"})


@web.post(PATH, credentials=("session",), rate="passkeys", status_code=201, tags=["Passkeys"])
async def create_passkey(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[NewPasskeyBody, Body()]
) -> Response[MadePasskey]:
    """Keeps a passkey that the browser has made. The session's cookie is renewed.

    403 `step_up_required`, 409 `too_many_passkeys`, 422 `passkey_refused` or `validation_failed`.
    """
    caller = web.session(request)
    step_up.require(ground, caller)
    done = await enrol.finish(ground, caller, msgspec.json.encode(data.credential).decode(), data.name)
    return Response(
        MadePasskey(passkey=_view(done.passkey), backup_codes=list(done.backup_codes)),
        headers={"cache-control": "no-store"},
        cookies=[sessions.issue(ground.issuer, done.cookie)],
    )


@web.patch(
    f"{PATH}/{{passkey_id:int}}",
    credentials=("session", "pak"),
    scopes=("passkeys:manage",),
    rate="passkeys",
    tags=["Passkeys"],
)
async def rename_passkey(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    passkey_id: Id,
    data: Annotated[PasskeyName, Body()],
) -> PasskeyView:
    """Gives it another name; 404 for one that is not yours, 422 `validation_failed`."""
    return _view(await enrol.rename(ground, web.person(request).user_id, passkey_id, data.name))


@web.delete(
    f"{PATH}/{{passkey_id:int}}",
    credentials=("session", "pak"),
    scopes=("passkeys:manage",),
    rate="passkeys",
    status_code=204,
    tags=["Passkeys"],
)
async def delete_passkey(request: Request[Any, Any, Any], ground: Given[Ground], passkey_id: Id) -> None:
    """From now on it opens nothing; its owner hears of it by mail. 404 for one that is not yours, 409 `last_identity`
    for the only way into the account.

    403 `step_up_required` for a session; a key with `passkeys:manage` was made behind step-up.
    """
    caller = web.person(request)
    if isinstance(caller, Session):
        step_up.require(ground, caller)
    await enrol.remove(ground, caller.user_id, passkey_id)


def _view(passkey: Passkey) -> PasskeyView:
    return PasskeyView(
        id=passkey.id,
        name=passkey.name,
        synced=passkey.synced,
        transports=list(passkey.transports),
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


@web.get("/.well-known/webauthn", credentials=("none",), rate="none", cached=True, tags=["Passkeys"])
async def related_origins(ground: Given[Ground]) -> Response[RelatedOrigins]:
    """The console's own host, on which passkeys of this host may be used as well (WebAuthn Level 3 section 5.11).

    404 where it has none.
    """
    if not ground.settings.console_origin:
        raise NotFound
    return Response(RelatedOrigins(origins=challenges.origins(ground)), headers=_RELATED)


ROUTES = [
    related_origins,
    list_passkeys,
    passkey_creation_options,
    create_passkey,
    rename_passkey,
    delete_passkey,
]
