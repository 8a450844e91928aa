"""Every route of auth, and the folders with its pages."""

from pathlib import Path
from typing import Final

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from services.auth.accounts.routes import ROUTES as ACCOUNTS
from services.auth.accounts.routes import TEMPLATES
from services.auth.authorize import routes as authorize
from services.auth.discovery import routes as discovery
from services.auth.introspection.routes import introspect
from services.auth.oidc import routes as oidc
from services.auth.revocation.routes import revoke
from services.auth.token.routes import token
from services.auth.userinfo import routes as userinfo

PAGES: Final = [*TEMPLATES, Path(__file__).parent / "authorize" / "pages"]

ROUTES: Final[list[HTTPRouteHandler | Router]] = [
    *ACCOUNTS,
    *authorize.ROUTES,
    *discovery.ROUTES,
    *userinfo.ROUTES,
    token,
    revoke,
    introspect,
    oidc.router,
]
