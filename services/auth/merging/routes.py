"""/api/v1/me/merge: proofs that two accounts are one person's, and the merge itself (auth.md 6.5)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import Body

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from contracts.events.auth import MergedVia
from contracts.principal import Session
from services.auth import step_up
from services.auth.anonymous.identity_routes import IdentityRequest
from services.auth.anonymous.store import Platform
from services.auth.ground import Ground
from services.auth.merging import merge
from services.auth.merging.merge import Proven, Requester
from services.auth.merging.proofs import codes, device, email_match, tokens
from services.auth.merging.refusals import ConflictingCredentials, MissingCredentials
from services.auth.sessions import visit

NO_STORE = {"cache-control": "no-store"}

Text = Annotated[str, msgspec.Meta(max_length=200)]
Email = Annotated[str, msgspec.Meta(max_length=320)]
UserId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class SessionTokenRequest(msgspec.Struct, kw_only=True):
    """Repeating the same `idempotency_key` returns the same unused token."""

    idempotency_key: Text | None = None


class SessionTokenResponse(msgspec.Struct, frozen=True, kw_only=True):
    session_token: str
    expires_at: datetime


class CodeRequest(msgspec.Struct, kw_only=True):
    target_email: Email


class CodeSent(msgspec.Struct, frozen=True, kw_only=True):
    """Said alike of every address; `expires_in` in seconds."""

    ok: bool
    expires_in: int


class DeviceProof(msgspec.Struct, kw_only=True):
    """A device that belongs to the other account."""

    device_uuid: UUID
    platform: Platform
    device_secret: Text


class MergeRequest(msgspec.Struct, kw_only=True):
    """One proof: `otp_code` with `target_user_id` or `target_email`, `target_session_token`, `device` or `identity`.

    With `otp_code` or `identity`, an account that has a second factor wants a code of it as well.
    """

    target_user_id: UserId | None = None
    target_email: Email | None = None
    otp_code: Text | None = None
    target_session_token: Text | None = None
    device: DeviceProof | None = None
    identity: IdentityRequest | None = None
    second_factor_code: Text | None = None


class MergeResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`primary_user_id` lives on, `linked_user_id` was absorbed."""

    ok: bool
    identity_link_id: int
    primary_user_id: int
    linked_user_id: int
    merged_via: MergedVia
    outcome: Literal["merged", "already_processed"]


@web.post(
    "/api/v1/me/merge/session-token",
    credentials=("session", "pak"),
    scopes=("account:merge",),
    rate="otp",
    status_code=200,
    tags=["Merging"],
    response_headers=NO_STORE,
)
async def mint_merge_token(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[SessionTokenRequest | None, Body()] = None,
) -> SessionTokenResponse:
    """Proves this account to another one that the same person signs in to next; for five minutes, once."""
    person = web.person(request)
    if isinstance(person, Session):
        step_up.require(ground, person)
    minted = await tokens.mint(ground, person.user_id, data.idempotency_key if data else None)
    return SessionTokenResponse(session_token=minted.plain, expires_at=minted.expires_at)


@web.post(
    "/api/v1/me/merge/otp",
    credentials=("session", "pak"),
    scopes=("account:merge",),
    rate="otp",
    status_code=202,
    tags=["Merging"],
    told=Told(answers=(429,)),
)
async def send_merge_code(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[CodeRequest, Body()]
) -> CodeSent:
    """Mails a code of six digits to the other account's proved address; answers alike where there is none."""
    await codes.send(ground, web.person(request).user_id, data.target_email)
    return CodeSent(ok=True, expires_in=int(codes.LIFETIME.total_seconds()))


@web.post(
    "/api/v1/me/merge",
    credentials=("session", "pak"),
    scopes=("account:merge",),
    rate="otp",
    status_code=200,
    tags=["Merging"],
    told=Told(answers=(403, 404, 409, 422, 429)),
)
async def merge_accounts(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[MergeRequest, Body()]
) -> MergeResponse:
    """Merges the other account into the one that asks. It cannot be undone.

    401 `invalid_token`, `token_expired`, `token_consumed`, `invalid_otp`, `invalid_device_secret`; 403
    `second_factor_needed`; 409 `target_unusable`, `merge_chain_forbidden`, `email_mismatch`, `last_administrator`; 422
    `missing_credentials`, `conflicting_credentials`, `self_merge_forbidden`, `wrong_code`.
    """
    person = web.person(request)
    if isinstance(person, Session):
        step_up.require(ground, person)
    proven = await proof(ground, person.user_id, data)
    proven = msgspec.structs.replace(proven, second_factor=data.second_factor_code)
    done = await merge.accounts_of(ground, requester(request), proven)
    return MergeResponse(
        ok=True,
        identity_link_id=done.link.id,
        primary_user_id=done.link.primary_user_id,
        linked_user_id=done.link.linked_user_id,
        merged_via=done.link.merged_via,
        outcome=done.outcome,
    )


def requester(request: Request[Any, Any, Any]) -> Requester:
    person, place = web.person(request), visit.place(request)
    return Requester(
        user_id=person.user_id,
        credential="session" if isinstance(person, Session) else "pak",
        ip=place.ip,
        user_agent=place.user_agent[:400],
        request_id=web.request_id(request),
    )


async def proof(ground: Ground, requester_id: int, data: MergeRequest) -> Proven:
    """Raises MissingCredentials, ConflictingCredentials, and what the proofs raise."""
    shown = [one for one in (data.otp_code, data.target_session_token, data.device, data.identity) if one is not None]
    if len(shown) > 1:
        raise ConflictingCredentials
    if data.target_session_token is not None:
        return await tokens.proven(ground, data.target_session_token)
    if data.device is not None:
        found = device.Shown(
            device_uuid=data.device.device_uuid, platform=data.device.platform, secret=data.device.device_secret
        )
        return await device.proven(ground, requester_id, found)
    if data.identity is not None:
        return await email_match.proven(ground, data.identity.shown())
    if data.otp_code is None:
        raise MissingCredentials
    return await codes.proven(ground, requester_id, await _target(ground, data), data.otp_code)


async def _target(ground: Ground, data: MergeRequest) -> int:
    if data.target_user_id is not None:
        return data.target_user_id
    if data.target_email is None:
        raise MissingCredentials("Say whose code it is: target_user_id or target_email.")
    return await codes.target_of(ground, data.target_email)


ROUTES = [mint_merge_token, send_merge_code, merge_accounts]
