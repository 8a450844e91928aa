"""How perspectives that see different things come to one verdict (verifier.md A4)."""

import pytest

from services.verifier.perspectives.quorum import Sight, needed, verdict
from services.verifier.proof.prove import Finding

DNS, FILE = Finding(method="dns"), Finding(method="well_known", dns_reason="dns_nxdomain")
WRONG = Finding(method=None, dns_reason="dns_mismatch", wellknown_reason="connect_failed")
NOTHING = Finding(method=None, dns_reason="dns_nxdomain", wellknown_reason="wellknown_status_404")


@pytest.mark.parametrize(("asked", "agree"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (9, 7)])
def test_how_many_must_agree(asked: int, agree: int) -> None:
    """Fewer than three all; one miss up to five, two from six."""
    assert agree == needed(asked)


@pytest.mark.parametrize(
    ("seen", "method", "reason"),
    [
        ([DNS], "dns", None),
        ([WRONG], None, "dns_mismatch"),
        ([DNS, DNS], "dns", None),
        ([DNS, WRONG], None, "perspectives_disagree"),
        ([DNS, DNS, WRONG], "dns", None),
        ([DNS, DNS, None], "dns", None),
        ([DNS, WRONG, WRONG], None, "dns_mismatch"),
        ([DNS, NOTHING, WRONG], None, "dns_nxdomain"),
        ([DNS, None, None], None, "perspectives_disagree"),
        ([None, None, None], None, "perspectives_disagree"),
        ([DNS, DNS, WRONG, WRONG], None, "perspectives_disagree"),
        ([DNS, FILE, FILE, WRONG], "well_known", None),
        ([DNS, FILE], "dns", None),
        ([DNS] * 4 + [WRONG] * 2, "dns", None),
        ([DNS] * 3 + [WRONG] * 3, None, "perspectives_disagree"),
    ],
)
def test_verdicts(seen: list[Finding | None], method: str | None, reason: str | None) -> None:
    """A proof and a refutation need the same quorum; silence is neither."""
    found = verdict([Sight(str(number), finding) for number, finding in enumerate(seen)])
    assert (method, reason) == (found.method, found.reason)
    assert len(seen) == len(found.sights)


def test_a_finding_without_a_reason_proves_nothing() -> None:
    """A perspective that answers nonsense is no witness for a proof."""
    found = verdict([Sight("main", Finding(method=None))])
    assert (None, "no_answer") == (found.method, found.sights[0].outcome)


def test_silence_is_ours() -> None:
    """Where too few answered, nothing was learned of the host; where enough did, something was."""
    assert not verdict([Sight("a", WRONG), Sight("b", None), Sight("c", None)]).heard
    assert verdict([Sight("a", WRONG), Sight("b", None), Sight("c", DNS)]).heard
