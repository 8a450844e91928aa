"""What was said in confidence, and every place where it must not turn up."""

import re
from typing import Any

import httpx
from opentelemetry.sdk.trace import ReadableSpan

from chassis.postgres import Database

SHORT = 16
"""Characters; what is shorter has to stand alone to be taken for it, because numbers have digits in common."""


class Secrets:
    """What was said in confidence, and every answer that was no page of its owner's."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.errors: list[str] = []

    def keep(self, **named: str) -> None:
        self.known.update(named)

    def note(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            self.errors.append(answer.text + repr(answer.headers))
        return answer

    def in_text(self, text: str) -> set[str]:
        return {name for name, secret in self.known.items() if _stands_in(text, secret)}

    async def nowhere(self, db: Database, lines: list[Any], spans: list[ReadableSpan]) -> None:
        """In no log line, no span, no refusal and no row."""
        assert set() == self.in_text("\n".join(map(repr, lines)))
        assert set() == self.in_text("\n".join(map(_told, spans)))
        assert set() == self.in_text("\n".join(self.errors))
        for table, text in (await _everything_stored(db)).items():
            assert set() == self.in_text(text), table


def _stands_in(text: str, secret: str) -> bool:
    if len(secret) >= SHORT:
        return secret in text
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) is not None


async def _everything_stored(db: Database) -> dict[str, str]:
    catalogue = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    found = {}
    for table in [row["relname"] for row in await db.fetch(catalogue)]:
        rows = await db.fetch(f"select t::text as line from {table} t")  # noqa: S608 - names from the catalogue
        found[table] = "\n".join(row["line"] for row in rows)
    return found


def _told(span: ReadableSpan) -> str:
    return repr((span.name, span.attributes, span.status, [event.attributes for event in span.events]))
