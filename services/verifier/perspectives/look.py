"""What is asked of a perspective; it judges the host itself, by its own policy, before any packet."""

from typing import ClassVar

from chassis.outbound import BlockedHost, OutboundFailed, Policy, url
from contracts.questions import Question
from services.verifier.challenge.derive import WELL_KNOWN_PATH
from services.verifier.proof.prove import Finding, Prover


class Look(Question[Finding], frozen=True, kw_only=True):
    """Is one of these challenges published at this host? Asked under the label of a perspective."""

    owner: ClassVar[str] = "verifier"
    name: ClassVar[str] = "probe"
    answer: ClassVar[object] = Finding

    host: str
    challenges: tuple[str, ...]


class Outlook:
    """Answers as one perspective."""

    def __init__(self, prover: Prover, policy: Policy) -> None:
        self._prover, self._policy = prover, policy

    async def look(self, question: Look) -> Finding:
        """Never raises for what is found."""
        try:
            target = url.parse(f"https://{question.host}{WELL_KNOWN_PATH}", self._policy)
        except (BlockedHost, OutboundFailed):
            return Finding(method=None, dns_reason="blocked_host", wellknown_reason="blocked_host")
        return await self._prover.prove(target, question.challenges)
