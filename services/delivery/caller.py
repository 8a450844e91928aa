"""Who may read an application's events and keys: the application itself, with its secret."""

from typing import Any

from litestar import Request

from chassis import web
from chassis.problems import Problem
from contracts.principal import Client


class UnauthorizedClient(Problem):
    status, code = 403, "unauthorized_client"
    default_detail = "Only confidential clients in good standing read events and signing keys."


def confidential(request: Request[Any, Any, Any]) -> Client:
    """Raises UnauthorizedClient for public and suspended ones; the guard has seen to all others."""
    caller = web.principal(request)
    if not isinstance(caller, Client) or caller.public or caller.status == "suspended":
        raise UnauthorizedClient
    return caller
