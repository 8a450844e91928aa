"""Whether challenge, method and verifier fit each other (RFC 7636), and which mistake was made if they do not."""

import base64
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from services.verifier.diagnose.findings import Found, bad, good

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def examine(challenge: str, method: str, verifier: str) -> list[Found]:
    """Empty strings are what was not given; without a verifier only the form is judged."""
    if not challenge:
        return [bad("pkce.challenge_missing")]
    found = []
    if method != "S256":
        found.append(bad("pkce.method_missing" if not method else "pkce.method_other"))
    if not verifier:
        wrong = _shape(challenge)
        return [*found, bad(wrong) if wrong else good("pkce.shape_good")]
    if not _VERIFIER.fullmatch(verifier):
        found.append(bad("pkce.verifier_shape"))
    return [*found, _match(challenge, verifier)]


def _shape(challenge: str) -> str | None:
    if _CHALLENGE.fullmatch(challenge):
        return None
    if challenge.rstrip("=") != challenge:
        return "pkce.padded"
    if re.fullmatch(r"[0-9a-fA-F]{64}", challenge):
        return "pkce.hex"
    if re.search(r"[+/]", challenge):
        return "pkce.base64"
    return "pkce.challenge_shape"


def _match(challenge: str, verifier: str) -> Found:
    for key, derive in _WAYS.items():
        if derive(verifier.encode("utf-8", "replace")) == challenge:
            return good(key) if key == "pkce.fits" else bad(key)
    return bad(_shape(challenge) or "pkce.differs")


def _s256(verifier: bytes) -> str:
    return base64.urlsafe_b64encode(sha256(verifier).digest()).decode().rstrip("=")


_WAYS: Final[dict[str, Callable[[bytes], str]]] = {
    "pkce.fits": _s256,
    "pkce.plain": lambda verifier: verifier.decode(),
    "pkce.padded": lambda verifier: base64.urlsafe_b64encode(sha256(verifier).digest()).decode(),
    "pkce.base64": lambda verifier: base64.b64encode(sha256(verifier).digest()).decode().rstrip("="),
    "pkce.hex": lambda verifier: sha256(verifier).hexdigest(),
    "pkce.hex_encoded": lambda verifier: (
        base64.urlsafe_b64encode(sha256(verifier).hexdigest().encode()).decode().rstrip("=")
    ),
}
"""How a challenge comes about: rightly first, then the ways in which it is usually got wrong."""
