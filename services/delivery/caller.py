"""Who asks: an application for what is its own, its developer, or an administrator."""

from typing import Any, Literal

import msgspec
from litestar import Request

from chassis import web
from chassis.problems import Problem
from chassis.web.guard import InsufficientScope, UnauthorizedClient
from contracts.principal import AccessToken, Client, Pak, Session

Via = Literal["session", "pak", "access_token", "command", "schedule"]


class ForbiddenRole(Problem):
    status, code = 403, "forbidden_role"
    default_detail = "Your role does not allow this."


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf something is done; without a person it is an operator's command or the schedule."""

    user_id: int = 0
    via: Via

    @property
    def name(self) -> str:
        return f"user:{self.user_id}" if self.user_id else self.via


OPERATOR = Actor(via="command")
SCHEDULE = Actor(via="schedule")


def confidential(request: Request[Any, Any, Any]) -> Client:
    """Raises UnauthorizedClient for public and suspended ones; the guard has seen to all others."""
    caller = web.principal(request)
    if not isinstance(caller, Client) or caller.public or caller.status == "suspended":
        raise UnauthorizedClient
    return caller


def receiver(request: Request[Any, Any, Any], issuer: str, *scopes: str) -> str:
    """The client of a Basic credential, or of its own token for the resource `<issuer>/ssf` with one of `scopes`.

    Raises UnauthorizedClient and InsufficientScope.
    """
    caller = web.principal(request)
    if not isinstance(caller, AccessToken):
        return confidential(request).client_id
    if caller.audience != f"{issuer}/ssf" or caller.user_id is not None:
        raise UnauthorizedClient
    if not set(scopes) & set(caller.scopes):
        raise InsufficientScope
    return caller.client_id


def developer(request: Request[Any, Any, Any]) -> Actor:
    """A token that stands for no person sees nothing: it is in no organisation."""
    caller = web.principal(request)
    if isinstance(caller, Session):
        return Actor(user_id=caller.user_id, via="session")
    if isinstance(caller, Pak):
        return Actor(user_id=caller.user_id, via="pak")
    if isinstance(caller, AccessToken):
        return Actor(user_id=caller.user_id or 0, via="access_token")
    raise TypeError("the guard admits persons and access tokens only")


def administrator(request: Request[Any, Any, Any]) -> Actor:
    """Raises ForbiddenRole."""
    if getattr(web.principal(request), "role", None) != "admin":
        raise ForbiddenRole
    return developer(request)
