"""The first face of a verification: what the routes take and show (verifier.md A2)."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.applications import VerificationStatus
from services.verifier.proof.prove import Method
from services.verifier.proof.txt import MAX_RECORDS
from services.verifier.redirect_uris.show import Shown
from services.verifier.redirect_uris.store import Perspective
from services.verifier.redirect_uris.verify import Checked

FOUND_CHARACTERS = 100
"""Enough to recognise one's own record, too little to read others' by us."""

Pending = Literal["pending"] | msgspec.UnsetType


class UriBody(msgspec.Struct, kw_only=True):
    uri: str


class VerificationView(msgspec.Struct, kw_only=True):
    """One redirect URI; the challenge is null where no host could be asked."""

    uri: str
    status: VerificationStatus
    method: Method | None
    reason: str | None
    challenge_dns_record: str | None
    challenge_dns_value: str | None
    challenge_wellknown_url: str | None
    challenge_wellknown_body: str | None
    verified_at: datetime | None
    last_checked_at: datetime | None
    next_allowed_at: datetime | None
    perspectives: tuple[Perspective, ...]


class Verifications(msgspec.Struct, kw_only=True):
    verifications: list[VerificationView]


class Confirmed(msgspec.Struct, kw_only=True):
    """The host is proved."""

    verified: Literal[True]
    method: Method
    propagation: Pending = msgspec.UNSET
    """`pending` where the app does not show it yet."""


class Unconfirmed(msgspec.Struct, kw_only=True):
    """The attempt proved nothing; `status` is what stands, which an earlier proof may still be."""

    verified: Literal[False]
    status: VerificationStatus
    reason: str | None
    dns_reason: str | None
    wellknown_reason: str | None
    found: list[str]
    """The TXT values that were there, 100 characters of each."""
    hint: str | None
    """What is probably wrong, for a person to read."""
    retry_after_dns: int | None
    """Seconds for which resolvers remember that there was no record."""
    perspectives: tuple[Perspective, ...]
    propagation: Pending = msgspec.UNSET


def show_uri(shown: Shown) -> VerificationView:
    stands = shown.verification
    return VerificationView(
        uri=shown.uri,
        status=stands.status,
        method=stands.method,
        reason=stands.reason,
        challenge_dns_record=shown.dns_record,
        challenge_dns_value=shown.challenge,
        challenge_wellknown_url=shown.well_known_url,
        challenge_wellknown_body=shown.challenge,
        verified_at=stands.verified_at,
        last_checked_at=stands.last_checked_at,
        next_allowed_at=shown.next_allowed_at,
        perspectives=shown.check.perspectives if shown.check else (),
    )


def show_checked(checked: Checked) -> Confirmed | Unconfirmed:
    verdict, finding = checked.verdict, checked.verdict.finding
    propagation: Pending = "pending" if checked.propagation == "pending" else msgspec.UNSET
    if verdict.method is not None:
        return Confirmed(verified=True, method=verdict.method, propagation=propagation)
    return Unconfirmed(
        verified=False,
        status=checked.check.verification.status,
        reason=verdict.reason,
        dns_reason=finding.dns_reason,
        wellknown_reason=finding.wellknown_reason,
        found=[value[:FOUND_CHARACTERS] for value in finding.found[:MAX_RECORDS]],
        hint=checked.hint,
        retry_after_dns=finding.negative_ttl,
        perspectives=checked.check.perspectives,
        propagation=propagation,
    )
