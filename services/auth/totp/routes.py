"""/api/v1/me/otp: one-time codes and backup codes by API, for the person's own session alone."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import Body

from chassis import web
from chassis.web import Given
from services.auth import sessions, step_up
from services.auth.backup_codes import make
from services.auth.factors import store as factors
from services.auth.ground import Ground
from services.auth.step_up import confirm
from services.auth.totp import enrol, store

PATH = "/api/v1/me/otp"
_NEVER_KEPT = {"cache-control": "no-store"}


class OtpStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`backup_codes` are those that are left."""

    enabled: bool
    confirmed_at: datetime | None
    last_used_at: datetime | None
    passkeys: int
    backup_codes: int


class OtpOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app learns: `uri` by QR code, or `secret` by hand."""

    secret: str
    uri: str


class OtpCode(msgspec.Struct, kw_only=True):
    """A one-time code, or where it says so a backup code."""

    code: str


class BackupCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Shown in this reply alone; none where there were some before."""

    backup_codes: list[str]


@web.get(PATH, credentials=("session",), rate="api", tags=["One-time codes"])
async def otp_standing(request: Request[Any, Any, Any], ground: Given[Ground]) -> OtpStanding:
    """Whether codes are on, and how many backup codes are left."""
    user_id = web.session(request).user_id
    seed, enrolled = await store.find(ground.db, user_id), await factors.enrolled(ground.db, user_id)
    return OtpStanding(
        enabled=enrolled.totp,
        confirmed_at=seed.confirmed_at if seed else None,
        last_used_at=seed.last_used_at if seed else None,
        passkeys=enrolled.passkeys,
        backup_codes=enrolled.backup_codes,
    )


@web.post(PATH, credentials=("session",), rate="otp", status_code=201, tags=["One-time codes"])
async def begin_otp(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[OtpOffer]:
    """A new secret, which counts once `/confirm` has seen a code of it.

    403 `step_up_required`, 409 `already_enrolled`.
    """
    caller = web.session(request)
    step_up.require(ground, caller)
    offer = await enrol.begin(ground, caller.user_id)
    return Response(OtpOffer(secret=offer.seed, uri=offer.uri), headers=_NEVER_KEPT)


@web.post(f"{PATH}/confirm", credentials=("session",), rate="otp", tags=["One-time codes"])
async def confirm_otp(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[OtpCode, Body()]
) -> Response[BackupCodes]:
    """From now on sign-ins ask for a code. The session's cookie is renewed.

    403 `step_up_required`, 409 `enrolment_not_begun`, 422 `wrong_code`, 429 after five wrong ones within 15 minutes.
    """
    caller = web.session(request)
    step_up.require(ground, caller)
    done = await enrol.confirm(ground, caller, data.code)
    return Response(
        BackupCodes(backup_codes=list(done.backup_codes)),
        headers=_NEVER_KEPT,
        cookies=[sessions.issue(ground.issuer, done.cookie)],
    )


@web.post(f"{PATH}/verify", credentials=("session",), rate="otp", status_code=204, tags=["One-time codes"])
async def verify_otp(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[OtpCode, Body()]
) -> Response[None]:
    """Steps this session up with a one-time or a backup code; its cookie is renewed. Each code counts once.

    422 `wrong_code`, 429 after five wrong ones within 15 minutes.
    """
    cookie = await confirm.by_code(ground, web.session(request), data.code)
    return Response(None, status_code=204, headers=_NEVER_KEPT, cookies=[sessions.issue(ground.issuer, cookie)])


@web.delete(PATH, credentials=("session",), rate="otp", status_code=204, tags=["One-time codes"])
async def remove_otp(request: Request[Any, Any, Any], ground: Given[Ground]) -> None:
    """Turns codes off. 403 `step_up_required`, 404 where they are off already."""
    caller = web.session(request)
    step_up.require(ground, caller)
    await enrol.remove(ground, caller.user_id)


@web.post(f"{PATH}/backup_codes", credentials=("session",), rate="otp", status_code=201, tags=["One-time codes"])
async def renew_backup_codes(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[BackupCodes]:
    """Ten new backup codes instead of the old. 403 `step_up_required`, 409 `no_second_factor`."""
    caller = web.session(request)
    step_up.require(ground, caller)
    made = await make.anew(ground, caller.user_id)
    return Response(BackupCodes(backup_codes=list(made)), headers=_NEVER_KEPT)


ROUTES = [otp_standing, begin_otp, confirm_otp, verify_otp, remove_otp, renew_backup_codes]
