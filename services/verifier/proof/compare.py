"""Whether what a host publishes is the challenge; in constant time, as for any secret value (verifier.md A4)."""

import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

_EXPIRING = re.compile(r"token=([^;]*);expiry=(\S+)")


def any_record(values: Iterable[str], challenges: Sequence[str], now: datetime) -> bool:
    """Several URIs and other tenants may share one name, so one matching record among them is enough."""
    return any(_one_of(challenges, _token(value, now)) for value in values)


def any_line(body: bytes, challenges: Sequence[str]) -> bool:
    """One line of the file is enough."""
    lines = body.decode("utf-8", "replace").replace("\r", "\n").split("\n")
    return any(_one_of(challenges, line.strip()) for line in lines)


def _one_of(challenges: Sequence[str], value: str) -> bool:
    """Compares with each to the end, whichever it is."""
    found = [hmac.compare_digest(value.encode("utf-8", "replace"), challenge.encode()) for challenge in challenges]
    return any(found)


def _token(value: str, now: datetime) -> str:
    """The value itself, or the token of `token=…;expiry=<RFC 3339>` while it has not expired."""
    match = _EXPIRING.fullmatch(value)
    if match is None:
        return value
    try:
        expiry = datetime.fromisoformat(match[2])
    except ValueError:
        return ""
    return match[1] if expiry.tzinfo is not None and expiry > now else ""
