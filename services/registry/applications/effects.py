"""A change holds everywhere before its author hears "done": auth and delivery apply it while the author waits.

After one timeout a peer's effect counts as pending at once, until a probe succeeds, so that a dead peer costs each
writer nothing; the event brings the change all the same (ADR 4).
"""

import asyncio
from typing import Literal, TypeVar

import msgspec
import structlog
from nats.aio.client import Client

from chassis import metrics
from chassis.clock import Clock
from chassis.problems import Problem
from chassis.wire import questions
from contracts.applications import Application
from contracts.questions import Question
from contracts.questions.auth import ClientApply
from contracts.questions.delivery import EndpointApply, SigningSecrets
from contracts.questions.verifier import HealthApply

logger = structlog.get_logger()

A = TypeVar("A")

ASKER = "registry"
WAIT_SECONDS = 2.0
PROBE_EVERY_SECONDS = 1.0

_pending = metrics.counter("registry.effect.pending", description="Writes answered before their effect was confirmed.")


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `pending` where a peer did not confirm in time."""

    propagation: Literal["complete", "pending"]
    secrets: SigningSecrets
    health_secret: str | None = None


class Effects:
    """Asks the peers; one instance per process, because it remembers who is not answering."""

    def __init__(self, nats: Client, clock: Clock) -> None:
        self._nats, self._clock = nats, clock
        self._silent_since: dict[str, float] = {}

    async def spread(self, application: Application, *, webhook_saved: bool = False) -> Spread:
        """Never raises: the change is committed, and a peer that is away learns of it by the event."""
        applying = self._ask(ClientApply(application=application))
        auth = asyncio.create_task(applying)
        health = asyncio.create_task(self._health_secret(application))
        secrets = await self._ask(EndpointApply(application=application, webhook_saved=webhook_saved))
        applied = await auth
        complete = applied is not None and secrets is not None
        return Spread(
            propagation="complete" if complete else "pending",
            secrets=secrets or SigningSecrets(),
            health_secret=await health,
        )

    async def _health_secret(self, application: Application) -> str | None:
        """Asked for as an application is registered. Nothing is served by verifier, so nothing is pending without it:

        who was not shown the secret takes a new one.
        """
        if application.version != 1:
            return None
        answer = await self._ask(HealthApply(application=application))
        return answer.rp_health_secret if answer is not None else None

    async def _ask(self, question: Question[A]) -> A | None:
        peer = question.owner
        if not self._may_try(peer):
            _pending.add(1, {"peer": peer})
            return None
        try:
            answer = await questions.ask(self._nats, ASKER, question, WAIT_SECONDS)
        except (Problem, TimeoutError, OSError) as error:
            self._silent_since[peer] = self._clock.monotonic()
            _pending.add(1, {"peer": peer})
            logger.warning(
                "effect.pending", peer=peer, question=question.name, error=f"{type(error).__name__}: {error}"
            )
            return None
        self._silent_since.pop(peer, None)
        return answer

    def _may_try(self, peer: str) -> bool:
        """While a peer is silent, one write a second probes it and the others do not wait."""
        since = self._silent_since.get(peer)
        if since is None:
            return True
        if self._clock.monotonic() - since < PROBE_EVERY_SECONDS:
            return False
        self._silent_since[peer] = self._clock.monotonic()
        return True
