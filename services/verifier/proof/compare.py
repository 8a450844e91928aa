"""Whether what a host publishes is the challenge; in constant time, as for any secret value (verifier.md A4)."""

import hmac
import re
from collections.abc import Iterable
from datetime import datetime

_EXPIRING = re.compile(r"token=([^;]*);expiry=(\S+)")


def any_record(values: Iterable[str], challenge: str, now: datetime) -> bool:
    """Several URIs and other tenants may share one name, so one matching record among them is enough."""
    return any(same(_token(value, now), challenge) for value in values)


def any_line(body: bytes, challenge: str) -> bool:
    """One line of the file is enough."""
    lines = body.decode("utf-8", "replace").replace("\r", "\n").split("\n")
    return any(same(line.strip(), challenge) for line in lines)


def same(value: str, challenge: str) -> bool:
    return hmac.compare_digest(value.encode(), challenge.encode())


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
