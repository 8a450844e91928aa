"""Refusals that show a live application's people where its webhooks are looked into (delivery.md 3)."""

from typing import Any

from litestar import Request, Response

from chassis import web
from chassis.problems import Problem
from chassis.web.problem_page import ProblemPage
from chassis.web.refusals import Refusals
from contracts.principal import Client

HEADER = "x-logi-console-url"


class Pointing(Refusals):
    """The house's refusals with the address of the application's page on the console."""

    def __init__(self, issuer: str, page: ProblemPage, console: str) -> None:
        super().__init__(issuer, page)
        self._console = console

    def envelope(self, request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        caller = web.principal(request)
        if isinstance(caller, Client) and caller.status == "approved":
            problem.headers.setdefault(
                HEADER, f"{self._console}/developer/applications/{caller.application_id}/webhooks"
            )
        return super().envelope(request, problem)
