"""Every route of a person's own business, pages and API."""

from pathlib import Path
from typing import Final

from litestar.handlers import HTTPRouteHandler

from services.auth.account_area import everywhere, security
from services.auth.accounts import console_pages, me, sign_in_pages, sign_up_pages
from services.auth.activity import pages as activity_pages
from services.auth.activity import routes as activity
from services.auth.api_keys import pages as api_key_pages
from services.auth.api_keys import routes as api_keys
from services.auth.assets import routes as assets
from services.auth.connected_apps import pages as connected_apps_pages
from services.auth.connected_apps import routes as connected_apps
from services.auth.deletion import routes as deletion
from services.auth.email_change import routes as email_change
from services.auth.factors import routes as factors
from services.auth.handoff import routes as handoff
from services.auth.holdings import routes as holdings
from services.auth.passwords import routes as passwords
from services.auth.profile import routes as profile
from services.auth.reset import routes as reset
from services.auth.standing import routes as standing

ROUTES: Final[list[HTTPRouteHandler]] = [
    sign_up_pages.sign_up_page,
    sign_up_pages.sign_up_form,
    sign_up_pages.sign_up_sent,
    sign_up_pages.verify_email_page,
    sign_up_pages.verify_email_form,
    *reset.ROUTES,
    *standing.ROUTES,
    sign_in_pages.sign_in_page,
    sign_in_pages.sign_in_form,
    sign_in_pages.sign_out_form,
    console_pages.console_page,
    *profile.ROUTES,
    *email_change.ROUTES,
    *passwords.ROUTES,
    console_pages.resend_form,
    security.security_page,
    *everywhere.ROUTES,
    *factors.ROUTES,
    me.me,
    api_keys.list_api_keys,
    api_keys.create_api_key,
    api_keys.revoke_api_key,
    api_key_pages.api_keys_page,
    api_key_pages.api_key_form,
    api_key_pages.revoke_api_key_form,
    *connected_apps.ROUTES,
    *connected_apps_pages.ROUTES,
    *activity.ROUTES,
    *activity_pages.ROUTES,
    *deletion.ROUTES,
    *holdings.ROUTES,
    *handoff.ROUTES,
    assets.asset,
]

_AUTH = Path(__file__).parents[1]

_FEATURES = (
    "account_area",
    "accounts",
    "activity",
    "api_keys",
    "connected_apps",
    "deletion",
    "email_change",
    "handoff",
    "merging",
    "passwords",
    "profile",
    "qr",
    "reset",
    "upstream",
    *factors.FEATURES,
)

TEMPLATES: Final = tuple(_AUTH / feature / "pages" for feature in _FEATURES)
"""The folders of their pages and words."""
