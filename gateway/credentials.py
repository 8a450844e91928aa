"""The one credential that a request shows, and whether a browser may be believed to have meant it."""

import base64
import binascii
import hashlib
from urllib.parse import unquote_plus

import msgspec

from gateway.headers import Shown
from gateway.refusals import CrossSiteRequest

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Credential(msgspec.Struct, frozen=True):
    """`Authorization` beats the cookie: of the two at most one is set."""

    authorization: str | None = None
    session: str | None = None
    dpop: str | None = None

    @property
    def shown(self) -> bool:
        return self.authorization is not None or self.session is not None

    @property
    def memorable(self) -> bool:
        """Not what must be proven anew each time (DPoP), and not a password that is compared each time (Basic)."""
        if self.session is not None:
            return True
        return self.dpop is None and self.authorization is not None and self.authorization[:7].lower() == "bearer "

    def digest(self) -> bytes:
        """What memory knows it by: no credential lies in it."""
        kind, value = ("cookie", self.session) if self.session is not None else ("header", self.authorization)
        return hashlib.sha256(f"{kind}\0{value}".encode()).digest()


def of(shown: Shown, cookie_name: str) -> Credential:
    authorization = shown.text(b"authorization")
    if authorization is not None:
        return Credential(authorization, None, shown.text(b"dpop"))
    cookies = shown.get(b"cookie")
    return Credential(None, None if cookies is None else _cookie(cookies, cookie_name))


def basic_user(shown: Shown) -> str | None:
    """The client_id of an HTTP Basic header (RFC 6749 section 2.3.1), for a limit's key; proves nothing."""
    header = shown.get(b"authorization")
    if header is None or header[:6].lower() != b"basic ":
        return None
    try:
        user, colon, _ = base64.b64decode(header[6:], validate=True).partition(b":")
    except binascii.Error:
        return None
    return unquote_plus(user.decode("latin-1")) if colon and user else None


def _cookie(header: bytes, name: str) -> str | None:
    """The cookie's value; two of one name cannot be told apart, so that they end as a value nobody has issued."""
    found = [
        value for pair in header.split(b";") for key, _, value in [pair.strip().partition(b"=")] if key == name.encode()
    ]
    return b",".join(found).decode("latin-1") if found else None


def without_cookie(pairs: list[tuple[bytes, bytes]], name: str) -> list[tuple[bytes, bytes]]:
    """The headers for a service that learns from the principal who calls: it need not see what proves it."""
    kept = []
    for key, value in pairs:
        if key == b"authorization":
            continue
        if key == b"cookie":
            others = [pair for pair in value.split(b";") if pair.strip().partition(b"=")[0] != name.encode()]
            if not others:
                continue
            value = b";".join(others).strip()  # noqa: PLW2901 - the same header, less one cookie
        kept.append((key, value))
    return kept


def check_same_origin(shown: Shown, origins: frozenset[str]) -> None:
    """Raises CrossSiteRequest for a change that a page of another origin may have sent along with our cookie.

    At least one of the two headers must be there, and none may speak against it (ADR 5).
    """
    origin, site = shown.text(b"origin"), shown.text(b"sec-fetch-site")
    if origin is None and site is None:
        raise CrossSiteRequest
    if origin is not None and origin not in origins:
        raise CrossSiteRequest
    # Between two origins of the operator's own (console and API) a browser says same-site; Origin then decides.
    if site is not None and site != "same-origin" and not (site == "same-site" and origin is not None):
        raise CrossSiteRequest
