"""A browser's session: begun at sign-in, read by its cookie, ended at sign-out."""

from services.auth.sessions.cookies import cookie_name, expired, issue
from services.auth.sessions.life import begin, end, read
from services.auth.sessions.store import SignedIn

__all__ = ["SignedIn", "begin", "cookie_name", "end", "expired", "issue", "read"]
