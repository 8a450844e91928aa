"""What stands of a redirect URI after attempts and re-checks (verifier.md A6)."""

from datetime import timedelta

from contracts.applications import Verification
from services.verifier.perspectives.quorum import Sight, Verdict, verdict
from services.verifier.proof.prove import Finding
from services.verifier.redirect_uris import standing
from services.verifier.redirect_uris.store import Check, Standing
from tests.verifier.builders import BEGAN as NOW

URI = "https://acme.example/cb"
DAY = timedelta(days=1)
REFUTED = verdict(
    [Sight("main", Finding(method=None, dns_reason="dns_nxdomain", wellknown_reason="wellknown_status_404"))]
)
PROVED: Verdict = verdict([Sight("main", Finding(method="dns"))])


def a_check(stands: Standing) -> Check:
    return Check(uri=URI, host="acme.example", standing=stands, perspectives=())


def proved() -> Standing:
    return standing.after_attempt(None, PROVED, URI, NOW)


def test_attempts() -> None:
    """A first failure is `failed`, a proof makes it `verified`, a later failure takes nothing away."""
    failed = standing.after_attempt(None, REFUTED, URI, NOW)
    stamp = Verification(status="failed", reason="dns_nxdomain", last_checked_at=NOW)
    assert Standing(verification=stamp) == failed
    stands = standing.after_attempt(a_check(failed), PROVED, URI, NOW)
    assert Verification(status="verified", method="dns", verified_at=NOW, last_checked_at=NOW) == stands.verification
    later = NOW + DAY
    kept = standing.after_attempt(a_check(stands), REFUTED, URI, later)
    assert ("verified", "dns_nxdomain", NOW, later) == (
        kept.verification.status,
        kept.verification.reason,
        kept.verification.verified_at,
        kept.verification.last_checked_at,
    )
    assert stands.next_check_at == kept.next_check_at


def test_re_checks_are_spread() -> None:
    """A proof is looked at again 28 to 30 days later, each URI at its own time, the same each time."""
    found = {standing.after_attempt(None, PROVED, f"{URI}{number}", NOW).next_check_at for number in range(100)}
    assert 100 == len(found)
    assert all(at is not None and 28 * DAY <= at - NOW <= 30 * DAY for at in found)
    assert proved().next_check_at == proved().next_check_at


def test_two_failures_a_day_apart_make_it_stale() -> None:
    """One failed re-check is grace, the second a day later makes the proof stale; one in between decides nothing."""
    first = standing.after_recheck(a_check(proved()), REFUTED, NOW)
    assert ("verified", NOW, NOW + DAY) == (first.verification.status, first.failing_since, first.next_check_at)
    early = standing.after_recheck(a_check(first), REFUTED, NOW + DAY / 2)
    assert ("verified", NOW + DAY) == (early.verification.status, early.next_check_at)
    second = standing.after_recheck(a_check(first), REFUTED, NOW + DAY)
    assert ("stale", NOW + DAY, NOW + 2 * DAY) == (
        second.verification.status,
        second.stale_since,
        second.next_check_at,
    )


def test_a_stale_proof_comes_back_or_fails() -> None:
    """A re-check that succeeds makes it verified as if nothing had been; thirty days stale and it has failed."""
    stale = standing.after_recheck(a_check(standing.after_recheck(a_check(proved()), REFUTED, NOW)), REFUTED, NOW + DAY)
    back = standing.after_recheck(a_check(stale), PROVED, NOW + 2 * DAY)
    assert ("verified", None, None) == (back.verification.status, back.failing_since, back.stale_since)
    waits = standing.after_recheck(a_check(stale), REFUTED, NOW + 30 * DAY)
    assert ("stale", NOW + 31 * DAY) == (waits.verification.status, waits.next_check_at)
    over = standing.after_recheck(a_check(stale), REFUTED, NOW + 31 * DAY)
    assert ("failed", None, None) == (over.verification.status, over.verification.verified_at, over.next_check_at)
