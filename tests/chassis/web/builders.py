"""A small shop's routes: each of them declared, each admitting other callers."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler

from chassis import web
from chassis.problems import Problem
from chassis.web.refusals import Refusals
from contracts.principal import AccessToken, Anonymous, Client, Pak, Principal, Refused, Session
from contracts.routes import Credential

ISSUER = "http://localhost:8000"

ANYBODY = Anonymous()
EXPIRED = Refused(why="expired")
CLIENT = Client(client_id="logi_x", application_id=9, status="approved")


class CupTaken(Problem):
    status, code = 409, "cup_taken"
    default_detail = "Somebody has this cup."


class NewCup(msgspec.Struct):
    """A body."""

    name: str
    size: int


def a_session() -> Session:
    return Session(
        user_id=7,
        sub="7",
        role="developer",
        identity_verified_level=1,
        session_id="s",
        csrf_token="csrf_7",
        authenticated_at=datetime(2026, 5, 11, tzinfo=UTC),
    )


def a_pak(*scopes: str) -> Pak:
    return Pak(user_id=7, sub="7", role="developer", identity_verified_level=1, pak_id=3, scopes=scopes)


def a_token(*scopes: str) -> AccessToken:
    return AccessToken(sub="7", client_id="logi_x", jti="j", audience="logi_x", scopes=scopes)


def a_route(path: str, *credentials: Credential, method: str = "get", **declared: Any) -> HTTPRouteHandler:
    """A route that says who called."""
    decorators = {"get": web.get, "post": web.post}

    @decorators[method](path, credentials=credentials, rate="api", **declared)
    async def hear(request: Request[Any, Any, Any]) -> dict[str, str]:
        """Says who called."""
        return {"caller": type(web.principal(request)).__name__}

    return hear


def an_app(*routes: HTTPRouteHandler, page: Any = None) -> Litestar:
    """An app of these routes, with the house's rules."""
    return web.application("shop", routes, Refusals(ISSUER, page), state={})


def a_page(_: Request[Any, Any, Any], problem: Problem) -> Response[str]:
    """How the shop's pages show a refusal."""
    return Response(f"<p>{problem.code}</p>", status_code=problem.status, media_type="text/html")


def named(caller: Principal) -> str:
    """For the ids of parametrised tests."""
    return type(caller).__name__
