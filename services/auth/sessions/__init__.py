"""A browser's session: begun at sign-in, read by its cookie, ended at sign-out."""

from services.auth.sessions.cookies import cookie_name, expired, issue
from services.auth.sessions.life import begin, end, move, read, renew
from services.auth.sessions.store import Proof, SignedIn

__all__ = ["Proof", "SignedIn", "begin", "cookie_name", "end", "expired", "issue", "move", "read", "renew"]
