"""The arithmetic of one-time codes: SHA-1, six digits, thirty seconds, which is what every authenticator app speaks."""

import hmac
from datetime import datetime
from typing import Final

import pyotp

PERIOD: Final = 30
"""Seconds of a step (RFC 6238 section 4.1)."""

DRIFT: Final = 1
"""Steps that a phone's clock may be off (RFC 6238 section 5.2)."""

BYTES: Final = 20
"""As long as the output of SHA-1 (RFC 4226 section 4)."""


def new_seed() -> str:
    """In base32."""
    return pyotp.random_base32(BYTES * 8 // 5)


def uri(seed: str, account: str, issuer: str) -> str:
    """What the QR code says: `otpauth://totp/…`."""
    return pyotp.TOTP(seed).provisioning_uri(name=account, issuer_name=issuer)


def step_of(seed: str, text: str, now: datetime) -> int | None:
    """The step whose code this is; None for a wrong one. All steps are compared, so time tells nothing."""
    code = "".join(text.split())
    current, totp, found = int(now.timestamp()) // PERIOD, pyotp.TOTP(seed), None
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode(errors="surrogatepass")):
            found = step
    return found
