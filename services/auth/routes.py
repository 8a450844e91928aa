"""Every route of auth, and the folders with its pages."""

from pathlib import Path
from typing import Final

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from services.auth.accounts.routes import ROUTES as ACCOUNTS
from services.auth.accounts.routes import TEMPLATES
from services.auth.anonymous import identity_routes as native_identities
from services.auth.anonymous import routes as anonymous
from services.auth.authorize import routes as authorize
from services.auth.device import pages as device
from services.auth.device.routes import device_authorization
from services.auth.discovery import routes as discovery
from services.auth.errors import routes as errors
from services.auth.introspection.routes import introspect
from services.auth.logout import routes as logout
from services.auth.merging import routes as merging
from services.auth.merging import same_browser
from services.auth.merging import web as merge_page
from services.auth.native_consent import routes as native_consent
from services.auth.oidc import routes as oidc
from services.auth.par.routes import par
from services.auth.qr import app_routes as qr_app
from services.auth.qr import browser_routes as qr_browser
from services.auth.qr import pages as qr_pages
from services.auth.refused import routes as refused
from services.auth.revocation.routes import revoke
from services.auth.token.routes import token
from services.auth.upstream import identities
from services.auth.upstream import routes as upstream
from services.auth.userinfo import routes as userinfo
from services.auth.widget import routes as widget

_AUTH = Path(__file__).parent

FEATURES: Final = ("authorize", "device", "errors", "logout", "refused", "widget")
"""Those of them whose pages are not of the accounts."""

PAGES: Final = [*TEMPLATES, *(_AUTH / feature / "pages" for feature in FEATURES)]

ROUTES: Final[list[HTTPRouteHandler | Router]] = [
    *ACCOUNTS,
    *anonymous.ROUTES,
    *native_identities.ROUTES,
    *native_consent.ROUTES,
    *merging.ROUTES,
    *merge_page.ROUTES,
    *same_browser.ROUTES,
    *authorize.ROUTES,
    *discovery.ROUTES,
    *userinfo.ROUTES,
    token,
    device_authorization,
    *device.ROUTES,
    revoke,
    introspect,
    par,
    *logout.ROUTES,
    *refused.ROUTES,
    *errors.ROUTES,
    *qr_browser.ROUTES,
    *qr_app.ROUTES,
    *qr_pages.ROUTES,
    *widget.ROUTES,
    *upstream.ROUTES,
    *identities.ROUTES,
    oidc.router,
]
