"""The cookies of pages; over https with the `__Host-` prefix, so that no subdomain can plant one (RFC 6265bis)."""

import hmac
import secrets
from hashlib import sha256
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from services.auth.sessions.life import LIFETIME

SESSION = "logi_session"
FORM = "logi_form"
HALF = "logi_half"
"""Of a sign-in that still owes its second factor."""

Connection = ASGIConnection[Any, Any, Any, Any]


def cookie_name(issuer: str, name: str = SESSION) -> str:
    return f"__Host-{name}" if issuer.startswith("https://") else name


def value(connection: Connection, issuer: str) -> str | None:
    """The session cookie as the browser sent it; for routes whose credential is `own`."""
    return connection.cookies.get(cookie_name(issuer))


def issue(issuer: str, cookie: str) -> Cookie:
    """The Set-Cookie of a new session."""
    return _cookie(issuer, SESSION, cookie, int(LIFETIME.total_seconds()))


def expired(issuer: str) -> Cookie:
    """The Set-Cookie that makes a browser forget its session."""
    return _cookie(issuer, SESSION, "", 0)


def half(connection: Connection, issuer: str) -> str | None:
    """The cookie of a sign-in that owes its second factor, as the browser sent it."""
    return connection.cookies.get(cookie_name(issuer, HALF))


def issue_half(issuer: str, cookie: str, seconds: int) -> Cookie:
    return _cookie(issuer, HALF, cookie, seconds)


def expired_half(issuer: str) -> Cookie:
    return _cookie(issuer, HALF, "", 0)


def lasting(issuer: str, name: str, content: str, seconds: int) -> Cookie:
    """The Set-Cookie of something that outlives the session."""
    return _cookie(issuer, name, content, seconds)


def form_secret(connection: Connection, issuer: str) -> tuple[str, Cookie | None]:
    """What binds forms to a browser that has no session yet, and the cookie to set where it had none."""
    held = connection.cookies.get(cookie_name(issuer, FORM), "")
    if len(held) == 43:
        return held, None
    fresh = secrets.token_urlsafe(32)
    return fresh, _cookie(issuer, FORM, fresh, None)


def form_token(secret: str) -> str:
    """The hidden field of a form before sign-in. The cookie is HttpOnly, so only a page of ours can have derived it."""
    return hmac.new(secret.encode(), b"logi form", sha256).hexdigest()


def form_is_ours(connection: Connection, issuer: str, shown: str) -> bool:
    """Whether a form came from a page that this very browser was shown; guards against login CSRF."""
    held = connection.cookies.get(cookie_name(issuer, FORM), "")
    origin = connection.headers.get("origin")
    if origin is not None and origin != issuer:
        return False
    return bool(held) and hmac.compare_digest(form_token(held).encode(), shown.encode())


def _cookie(issuer: str, name: str, content: str, max_age: int | None) -> Cookie:
    return Cookie(
        key=cookie_name(issuer, name),
        value=content,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=issuer.startswith("https://"),
    )
