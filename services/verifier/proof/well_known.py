"""Looks for the challenge in a file that the host serves over HTTPS (verifier.md A4 step 4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.outbound import (
    BadResponse,
    Blocked,
    BlockedAddress,
    ConnectFailed,
    ConnectionReset,
    ConnectTimeout,
    HostUnresolvable,
    Outbound,
    OutboundFailed,
    ReadTimeout,
    RedirectNotFollowed,
    TlsInvalid,
    TooLarge,
    url,
)
from services.verifier.proof import compare

MAX_BYTES: Final = 256
CONNECT_TIMEOUT: Final = timedelta(seconds=3)
TOTAL_TIMEOUT: Final = timedelta(seconds=8)
HEADERS: Final = (("Accept", "text/plain"), ("User-Agent", "logi-verifier/1.0"))

# One code for refused, silent, reset and not HTTP, so that nobody scans ports with us (verifier.md A5).
_REASONS: Final[dict[type[OutboundFailed], str]] = {
    BadResponse: "connect_failed",
    Blocked: "blocked_host",
    BlockedAddress: "blocked_address",
    ConnectFailed: "connect_failed",
    ConnectTimeout: "connect_failed",
    ConnectionReset: "connect_failed",
    HostUnresolvable: "host_unresolvable",
    ReadTimeout: "wellknown_timeout",
    RedirectNotFollowed: "wellknown_redirect",
    TlsInvalid: "tls_invalid",
    TooLarge: "wellknown_too_large",
}


async def missing(outbound: Outbound, target: url.Target, challenges: Sequence[str]) -> str | None:
    """None where the file holds one of them, otherwise the reason code."""
    try:
        answer = await outbound.fetch(
            "GET",
            target.url,
            HEADERS,
            max_body=MAX_BYTES,
            connect_timeout=CONNECT_TIMEOUT,
            total_timeout=TOTAL_TIMEOUT,
        )
    except OutboundFailed as failure:
        return _REASONS.get(type(failure), "connect_failed")
    if answer.status != 200:
        return f"wellknown_status_{answer.status}"
    if answer.truncated:
        return "wellknown_too_large"
    return None if compare.any_line(answer.body, challenges) else "wellknown_mismatch"
