"""The rules of the proof that need no network."""

from datetime import UTC, datetime

import pytest

from services.verifier.proof import compare, reasons

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
VALUE, OTHER = "ab" * 32, "ef" * 32


@pytest.mark.parametrize(
    ("record", "proves"),
    [
        (VALUE, True),
        (VALUE.upper(), False),
        (VALUE[:-1], False),
        (f"{VALUE} {VALUE}", False),
        (f"token={VALUE};expiry=2026-11-01T12:00:01Z", True),
        (f"token={VALUE};expiry=2026-11-01T12:00:00Z", False),
        (f"token={VALUE};expiry=2026-11-01T14:00:00+01:00", True),
        (f"token={VALUE};expiry=2027-01-01T00:00:00", False),
        (f"token={VALUE};expiry=never", False),
        (f"token={'cd' * 32};expiry=2027-01-01T00:00:00Z", False),
    ],
)
def test_records(record: str, *, proves: bool) -> None:
    """A record is the challenge itself, or names it with an expiry, zone included, that has not come."""
    assert proves is compare.any_record(["other", record], [OTHER, VALUE], NOW)


@pytest.mark.parametrize(
    ("body", "proves"),
    [
        (VALUE, True),
        (f" {VALUE}\t\r\nother", True),
        (f"other\r{VALUE}\r", True),
        (f"x{VALUE}", False),
        (f"<pre>{VALUE}</pre>", False),
        ("", False),
    ],
)
def test_files(body: str, *, proves: bool) -> None:
    """A whole line of the file is the challenge; a line that only contains it is not."""
    assert proves is compare.any_line(body.encode() + b"\n\xff", [OTHER, VALUE])


@pytest.mark.parametrize(
    ("dns", "well_known", "told"),
    [
        ("dns_mismatch", "wellknown_mismatch", "dns_mismatch"),
        ("dns_nxdomain", "wellknown_mismatch", "wellknown_mismatch"),
        ("dns_nxdomain", "connect_failed", "dns_nxdomain"),
        ("dns_timeout", "wellknown_status_404", "wellknown_status_404"),
        ("dns_timeout", "connect_failed", "dns_timeout"),
    ],
)
def test_the_more_actionable_reason(dns: str, well_known: str, told: str) -> None:
    """What is wrong is told before what is missing, and that before what could not be reached (A7)."""
    assert told == reasons.more_actionable(dns, well_known)
