"""Where the people behind an application find one request in its log (auth.md 3.10)."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.problems import Problem
from contracts.applications import Application

HEADER = "x-logi-console-url"


@contextmanager
def pointing(issuer: str, app: Application, request_id: str) -> Iterator[None]:
    """Any refusal from here on was of a known application, and says where to read more of it."""
    try:
        yield
    except Problem as problem:
        problem.headers.setdefault(HEADER, f"{issuer}/developer/applications/{app.id}/requests/{request_id}")
        raise
