"""Where the people behind an application find one request in its log (auth.md 3.10)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.problems import Problem
from contracts.applications import Application
from services.auth.clients import documents
from services.auth.ground import Ground
from services.auth.token import log
from services.auth.token.log import Caller, Entry

HEADER = "x-logi-console-url"


class pointing:  # noqa: N801 - reads as a statement
    """Any refusal from here on was of a known application, and says where its people can read more of it."""

    __slots__ = ("_app", "_issuer", "_request_id")

    def __init__(self, issuer: str, app: Application, request_id: str) -> None:
        self._issuer, self._app, self._request_id = issuer, app, request_id

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trail: object) -> None:
        if isinstance(error, Problem) and self._app.id != documents.NUMBER:
            link = f"{self._issuer}/developer/applications/{self._app.id}/requests/{self._request_id}"
            error.headers.setdefault(HEADER, link)


@asynccontextmanager
async def noting(ground: Ground, app: Application, asked: str, caller: Caller) -> AsyncIterator[None]:
    """The same, and its line in the log; the token endpoint has lines of its own."""
    try:
        with pointing(ground.issuer, app, caller.request_id):
            yield
    except Problem as problem:
        error = log.cause(problem)
        entry = Entry(at=ground.clock.now(), grant_type=asked, client_id=app.client_id, caller=caller, error=error)
        await log.write(ground.db, entry)
        raise
