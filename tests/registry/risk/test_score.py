"""The score against registrations that people have labelled; run with -s to see its figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chassis.outbound import Policy
from contracts.applications import Application, Verification
from services.registry.applications import uris
from services.registry.risk import flags
from services.registry.risk.likeness import alike, one_edit, skeleton
from services.registry.risk.score import RISKY, Approved, Circumstances, Score, score

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LABELLED = msgspec.json.decode((Path(__file__).parent / "registrations.json").read_bytes())
APPROVED = msgspec.convert(LABELLED["approved"], Approved)


def scored(given: dict[str, Any]) -> Score:
    scopes = given.get("scopes", ["openid", "email"])
    born = NOW - timedelta(days=given["age_days"], hours=1)
    risk = flags.evaluate(
        name=given["name"],
        redirect_uris=given["uris"],
        scopes=scopes,
        registered_in_window=given.get("window", 1) - 1,
        account_created_at=born,
        now=NOW,
    )
    app = Application(
        id=1,
        client_id="logi_x",
        version=1,
        name=given["name"],
        client_type=given.get("client_type", "confidential"),
        token_endpoint_auth_method="client_secret_basic",
        redirect_uris=tuple(_entry(uri, given) for uri in given["uris"]),
        allowed_scopes=tuple(scopes),
        status="pending",
        created_at=NOW,
        updated_at=NOW,
    )
    about = Circumstances(
        now=NOW,
        account_created_at=born,
        email=given["email"],
        registered_lately=given.get("lately", 1),
        approved=APPROVED,
    )
    return score(app, risk, about)


def _entry(uri: str, given: dict[str, Any]) -> Any:
    entry = uris.new(uri, None, Policy())
    status = "verified" if given.get("verified") else "failed" if given.get("failed") else entry.verification.status
    return msgspec.structs.replace(entry, verification=Verification(status=status))


def test_precision_and_recall() -> None:
    """Of those above the line at least nine in ten are risky, and at least nine in ten of the risky are above it."""
    rows = [(one, scored(one)) for one in LABELLED["registrations"]]
    above = [one["label"] == "risky" for one, found in rows if found.points >= RISKY]
    risky = [found.points >= RISKY for one, found in rows if one["label"] == "risky"]
    precision, recall = sum(above) / len(above), sum(risky) / len(risky)
    print(f"\n{len(rows)} registrations, line at {RISKY}: precision {precision:.2f}, recall {recall:.2f}")
    for one, found in rows:
        if (found.points >= RISKY) != (one["label"] == "risky"):
            print(f"  {one['label']:5} {found.points:3}  {one['why']}: {[each.code for each in found.signals]}")
    assert precision >= 0.9
    assert recall >= 0.9


def test_every_signal_is_explained() -> None:
    """A reviewer reads a sentence for each signal, and the points are their sum."""
    for one in LABELLED["registrations"]:
        found = scored(one)
        assert all(len(signal.words) > 20 and signal.words.endswith(".") for signal in found.signals)
        assert max(0, sum(signal.points for signal in found.signals)) == found.points


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PayWave", "\u0420\u0430\u0443W\u0430ve"),
        ("acme bank", "ACME-BANK"),
        ("Initech", "lnitech"),
        ("Globex", "G1obex"),
        ("modern", "modem"),
    ],
)
def test_look_alikes_share_a_skeleton(one: str, other: str) -> None:
    """What reads the same is the same."""
    assert skeleton(one) == skeleton(other)


def test_words_of_their_own_are_no_look_alikes() -> None:
    """Short words, other words and scripts of their own are left alone."""
    assert alike("Ink", ["Inn"]) is None
    assert alike("동네 서점", ["Acme Bank", "우리 서점"]) is None
    assert one_edit("northwind", "northwnid")
    assert not one_edit("northwind", "southwind")
