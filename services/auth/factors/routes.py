"""Every route of second factors, passkeys, step-up and sessions."""

from services.auth.factors import pages as second
from services.auth.passkeys import enter_pages
from services.auth.passkeys import pages as passkey_pages
from services.auth.passkeys import routes as passkeys
from services.auth.sessions import pages as session_pages
from services.auth.sessions import routes as sessions
from services.auth.step_up import pages as confirm
from services.auth.totp import pages as totp_pages
from services.auth.totp import routes as totp

ROUTES = [
    *second.ROUTES,
    *enter_pages.ROUTES,
    *confirm.ROUTES,
    *passkeys.ROUTES,
    *passkey_pages.ROUTES,
    *totp.ROUTES,
    *totp_pages.ROUTES,
    *sessions.ROUTES,
    *session_pages.ROUTES,
]

FEATURES = ("factors", "passkeys", "sessions", "step_up", "totp")
"""Those with pages."""
