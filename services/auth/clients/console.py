"""Where the people behind an application find one request in its log (auth.md 3.10)."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from chassis.problems import Problem
from contracts.applications import Application
from services.auth.clients import documents
from services.auth.ground import Ground
from services.auth.token import log
from services.auth.token.log import Caller, Entry

HEADER = "x-logi-console-url"


@contextmanager
def pointing(issuer: str, app: Application, request_id: str) -> Iterator[None]:
    """Any refusal from here on was of a known application, and says where its people can read more of it."""
    try:
        yield
    except Problem as problem:
        if app.id != documents.NUMBER:
            problem.headers.setdefault(HEADER, f"{issuer}/developer/applications/{app.id}/requests/{request_id}")
        raise


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
