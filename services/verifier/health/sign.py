"""The signature by which a relying party knows the probe (verifier.md B2), and the proof it may answer with (B3)."""

import hashlib
import hmac
import secrets

from chassis.settings import Secret

PREFIX = "rphs_"


def new_secret() -> Secret:
    """256 random bits, shown once."""
    return Secret(PREFIX + secrets.token_hex(32))


def signature(secret: Secret, timestamp: int, client_id: str) -> str:
    """64 lower-case hex digits over `<timestamp>.<client_id>`; the key is the secret as it was shown."""
    return _hmac(secret, f"{timestamp}.{client_id}")


def proves(secret: Secret, timestamp: int, client_id: str, proof: str) -> bool:
    """Whether an answer's `proof` comes from a holder of the secret and belongs to this very request."""
    expected = _hmac(secret, f"{timestamp}.{client_id}.ok")
    return hmac.compare_digest(expected.encode(), proof.encode("utf-8", "replace"))


def _hmac(secret: Secret, message: str) -> str:
    return hmac.new(secret.reveal().encode(), message.encode(), hashlib.sha256).hexdigest()
