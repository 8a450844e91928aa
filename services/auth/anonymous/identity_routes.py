"""An identity from the device itself: attached to the account at hand, or the way into the one that it belongs to."""

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import Body

from chassis import web
from chassis.problems import Unauthorized
from chassis.web import Given
from chassis.web.describe import Told
from chassis.web.guard import InsufficientScope
from contracts.principal import AccessToken, Pak, Session
from contracts.scopes import covers
from services.auth import step_up
from services.auth.accounts import store as accounts
from services.auth.anonymous import exchange, promote, routes, swap
from services.auth.anonymous.identities import Shown
from services.auth.anonymous.routes import DeviceUser
from services.auth.anonymous.swap import Wish
from services.auth.ground import Ground

Provider = Annotated[str, msgspec.Meta(max_length=32)]
IdentityToken = Annotated[str, msgspec.Meta(max_length=8192)]
Nonce = Annotated[str, msgspec.Meta(min_length=8, max_length=256)]


class IdentityRequest(msgspec.Struct, kw_only=True):
    """`raw_nonce` is the nonce before it was hashed; the token holds the lower hex SHA-256 of it."""

    provider: Provider
    identity_token: IdentityToken
    raw_nonce: Nonce

    def shown(self) -> Shown:
        return Shown(provider=self.provider, identity_token=self.identity_token, raw_nonce=self.raw_nonce)


class SwapRequest(IdentityRequest, kw_only=True):
    """`merge_options` is an object whose members are ignored; `second_factor_code` for an account that has one."""

    merge_options: dict[str, Any] = {}
    second_factor_code: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class AttachedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """`promoted` where an anonymous account has just become somebody's."""

    provider: str
    promoted: bool
    user: DeviceUser


class MergedCounts(msgspec.Struct, frozen=True, kw_only=True):
    grants: int
    agent_approvals: int
    device_credentials: int


class SwapResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A DeviceBootstrapResponse of the account that lives on; `api_key` is the device's new key."""

    access_token: str
    token_type: str
    expires_in: int
    user: DeviceUser
    merged: MergedCounts
    device_secret: str | None = None
    api_key: str | None = None
    scopes: list[str] = []


@web.post(
    "/api/v1/me/connected_identities",
    credentials=("session", "pak", "access_token"),
    scopes=(),
    rate="otp",
    status_code=200,
    tags=["Connected identities"],
    told=Told(answers=(404, 409)),
)
async def attach_identity(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[IdentityRequest, Body()]
) -> AttachedIdentity:
    """Attaches an identity at a provider; an anonymous account becomes its owner's by that.

    409 `identity_owned_by_another_account`: an anonymous account may then be folded into that one.
    """
    user_id = await _may_attach(request, ground)
    done = await promote.attach(ground, user_id, data.shown())
    user = DeviceUser(id=done.account.id, anonymous=done.account.anonymous)
    return AttachedIdentity(provider=data.provider, promoted=done.promoted, user=user)


@web.post(
    "/api/v1/me/anonymous_swap",
    credentials=("access_token",),
    rate="otp",
    status_code=200,
    tags=["Anonymous"],
    response_headers=routes.NO_STORE,
    told=Told(answers=(403, 404, 409, 422, 429)),
)
async def anonymous_swap(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[SwapRequest, Body()]
) -> SwapResponse:
    """Folds the anonymous account of this token into the account that the identity belongs to, which lives on.

    Grants move with their `sub`; where both accounts have let an application in, the other account's grant stays. The
    device acts as that account from now on. 403 `non_anonymous_caller`, `second_factor_needed`; 409
    `identity_not_linked`; 422 `wrong_code`.
    """
    wish = Wish(identity=data.shown(), second_factor=data.second_factor_code)
    done = await swap.fold(ground, routes.app_token(request), wish, routes.whence(request))
    owner, moved = done.booted.owner, done.moved
    return SwapResponse(
        access_token=done.booted.access_token,
        token_type="Bearer",
        expires_in=done.booted.expires_in,
        user=DeviceUser(id=owner.user_id, anonymous=owner.anonymous),
        merged=MergedCounts(
            grants=moved.grants,
            agent_approvals=moved.agent_approvals,
            device_credentials=moved.device_credentials,
        ),
        device_secret=owner.secret,
        api_key=None if done.key is None else done.key.plain,
        scopes=[] if done.key is None else list(done.key.scopes),
    )


async def _may_attach(request: Request[Any, Any, Any], ground: Ground) -> int:
    """A new way into an account needs more than a key for its profile, unless the account is nobody's yet.

    Raises AppTokenNeeded, StepUpRequired, InsufficientScope, Unauthorized.
    """
    caller = web.principal(request)
    if isinstance(caller, AccessToken):
        return exchange.of_the_app(caller)
    if isinstance(caller, Session):
        step_up.require(ground, caller)
        return caller.user_id
    if not isinstance(caller, Pak):
        raise Unauthorized
    account = await accounts.by_id(ground.db, caller.user_id)
    needed = "profile:write" if account is not None and account.anonymous else "account:merge"
    if not covers(caller.scopes, needed):
        raise InsufficientScope(required_scope=needed)
    return caller.user_id


ROUTES = [attach_identity, anonymous_swap]
