"""Scope drift remembered: what an application asks for beyond its allowed scopes, told back to it for a week."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from chassis import metrics
from chassis.clock import Clock
from chassis.postgres import Database
from contracts.applications import Application
from services.auth.authorize import store

logger = structlog.get_logger()

REMEMBERED: Final = timedelta(days=7)
"""auth.md 3.1: how long token replies carry the header."""

LOOKED_UP: Final = 5.0
"""Seconds that a process keeps what it read: a header that comes late costs nobody anything, a query per token does."""

MOST, LONGEST = 20, 100
"""Scopes that are remembered of one application, and characters of each: strangers can ask in its name."""

_drifted = metrics.counter("authorize.scope_drifted", description="Requests beyond the allowed scopes, by policy.")


async def remember(db: Database, app: Application, outside: Sequence[str], now: datetime) -> None:
    """Notes and tells; under `alert` the line is a warning for the administrators."""
    kept = sorted({scope[:LONGEST] for scope in outside})[:MOST]
    _drifted.add(1, {"policy": app.scope_drift_policy})
    say = logger.warning if app.scope_drift_policy == "alert" else logger.info
    say("authorize.scope_drifted", client_id=app.client_id, policy=app.scope_drift_policy, outside=kept)
    await store.drift(db, app.client_id, kept, now)


class Drifts:
    """The drift of the last week, as this process read it last."""

    def __init__(self) -> None:
        self._read_at: float | None = None
        self._found: dict[str, str] = {}

    async def read(self, db: Database, clock: Clock) -> Mapping[str, str]:
        """By client: the scopes, separated by spaces."""
        if self._read_at is None or clock.monotonic() - self._read_at >= LOOKED_UP:
            self._read_at = clock.monotonic()
            drifts = await store.drifts(db, clock.now() - REMEMBERED)
            self._found = {client: " ".join(map(_plain, scopes)) for client, scopes in drifts.items()}
        return self._found


def _plain(scope: str) -> str:
    """What a header can carry: scope-token of RFC 6749 section 3.3, anything else as a question mark."""
    return "".join(letter if "!" <= letter <= "~" and letter not in '"\\' else "?" for letter in scope)
