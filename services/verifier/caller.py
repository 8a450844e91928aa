"""Who asks something of verifier, and with what right: a person for their own applications, or an administrator."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Request

from chassis import web
from chassis.problems import Problem
from chassis.web import step_up
from contracts.principal import AccessToken, Pak, Role, Session
from services.verifier.audit.store import Actor


class ForbiddenRole(Problem):
    status, code = 403, "forbidden_role"
    default_detail = "Your role does not allow this."


Via = Literal["session", "pak", "access_token"]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """`everywhere`: an administrator, for whom every application is there."""

    user_id: int
    via: Via
    everywhere: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id, self.via)


def developer(request: Request[Any, Any, Any]) -> Caller:
    """A token that stands for no person (client_credentials) sees nothing: it is in no organisation."""
    user_id, _, via = _who(request)
    return Caller(user_id=user_id, via=via)


def console(request: Request[Any, Any, Any]) -> Caller:
    """Raises ForbiddenRole for a person who is no developer."""
    user_id, role, via = _who(request)
    if role not in ("developer", "admin"):
        raise ForbiddenRole
    return Caller(user_id=user_id, via=via)


def administrator(request: Request[Any, Any, Any]) -> Caller:
    """Raises ForbiddenRole."""
    user_id, role, via = _who(request)
    if role != "admin":
        raise ForbiddenRole
    return Caller(user_id=user_id, via=via, everywhere=True)


def check_recent(request: Request[Any, Any, Any], now: datetime) -> None:
    """Raises StepUpRequired where the person was last seen too long ago for what shows a secret."""
    step_up.check(web.principal(request), now)


def _who(request: Request[Any, Any, Any]) -> tuple[int, Role | None, Via]:
    caller = web.principal(request)
    if isinstance(caller, Session):
        return caller.user_id, caller.role, "session"
    if isinstance(caller, Pak):
        return caller.user_id, caller.role, "pak"
    if isinstance(caller, AccessToken):
        return caller.user_id or 0, caller.role, "access_token"
    raise TypeError("the guard admits persons and access tokens only")
