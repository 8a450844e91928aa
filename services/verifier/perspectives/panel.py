"""Asks every configured perspective at once; this process is one of them and is not asked over the network."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from nats.aio.client import Client

from chassis import trace
from chassis.problems import Problem
from chassis.wire import questions
from services.verifier.perspectives import quorum
from services.verifier.perspectives.look import Look
from services.verifier.perspectives.quorum import Sight, Verdict
from services.verifier.proof.prove import Finding

logger = structlog.get_logger()

WAIT_SECONDS = 15.0
"""An attempt takes 13 s at most; the rest is the way there and back."""

Ask = Callable[[str, Look], Awaitable[Finding]]


class Panel:
    """`own` is answered by `here`, all the others by `ask`."""

    def __init__(self, own: str, names: Sequence[str], here: Callable[[Look], Awaitable[Finding]], ask: Ask) -> None:
        self._own, self._names, self._here, self._ask = own, tuple(names) or (own,), here, ask

    async def look(self, host: str, challenges: tuple[str, ...]) -> Verdict:
        """What the host publishes, by quorum; takes no longer than the slowest perspective or WAIT_SECONDS."""
        question = Look(host=host, challenges=challenges)
        return quorum.verdict(await asyncio.gather(*(self._sight(name, question) for name in self._names)))

    async def _sight(self, name: str, question: Look) -> Sight:
        with trace.span("verify.look", attributes={"verify.perspective": name}) as span:
            if name == self._own:
                sight = Sight(name, await self._here(question))
            else:
                sight = Sight(name, await self._from_afar(name, question))
            span.attribute("verify.outcome", sight.outcome)
        return sight

    async def _from_afar(self, name: str, question: Look) -> Finding | None:
        try:
            return await self._ask(name, question)
        except (Problem, TimeoutError, OSError) as error:
            logger.warning("perspective.silent", perspective=name, error=f"{type(error).__name__}: {error}")
            return None


def over(nats: Client) -> Ask:
    """Asks perspectives over NATS."""

    async def ask(name: str, question: Look) -> Finding:
        return await questions.ask(nats, "verifier", question, WAIT_SECONDS, of=name)

    return ask
