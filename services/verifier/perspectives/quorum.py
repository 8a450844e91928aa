"""How many perspectives have to agree, and what they found together: pure arithmetic (verifier.md A4)."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from services.verifier.proof.prove import Finding, Method

SILENT = "no_answer"
DISAGREE = "perspectives_disagree"


class Sight(msgspec.Struct, frozen=True):
    """What one perspective saw; None where it did not answer."""

    name: str
    finding: Finding | None

    @property
    def outcome(self) -> str:
        """`verified`, or the reason that is told first."""
        if self.finding is not None and self.finding.method is not None:
            return "verified"
        return (self.finding and self.finding.reason) or SILENT


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What stands after all were heard; `method` None says that it was not proved."""

    method: Method | None
    reason: str | None
    finding: Finding
    """That of a perspective which agrees with the verdict, for its details."""
    sights: tuple[Sight, ...]

    @property
    def heard(self) -> bool:
        """Whether enough perspectives answered at all; without, nothing is known of the host."""
        answered = sum(sight.finding is not None for sight in self.sights)
        return answered >= needed(len(self.sights))


def needed(perspectives: int) -> int:
    """Of so many; as a certificate authority corroborates."""
    return perspectives - (0 if perspectives < 3 else 1 if perspectives < 6 else 2)


def verdict(sights: Sequence[Sight]) -> Verdict:
    """A proof and its refutation need the same quorum; where neither has it, they disagree."""
    quorum = needed(len(sights))
    found = [sight.finding for sight in sights if sight.finding is not None]
    proofs = [finding for finding in found if finding.method is not None]
    refutations = [finding for finding in found if finding.method is None]
    method: Method | None = None
    if len(proofs) >= quorum:
        # Among equals the first one: DNS where it was found there by as many as by file.
        method = Counter(sorted(finding.method for finding in proofs if finding.method)).most_common(1)[0][0]
        finding, reason = next(proof for proof in proofs if proof.method == method), None
    elif len(refutations) >= quorum:
        reason = Counter(finding.reason for finding in refutations).most_common(1)[0][0]
        finding = next(refutation for refutation in refutations if refutation.reason == reason)
    else:
        finding, reason = (refutations or [Finding(method=None)])[0], DISAGREE
    return Verdict(method=method, reason=reason, finding=finding, sights=tuple(sights))
