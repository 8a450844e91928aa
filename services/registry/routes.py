"""Every route of registry."""

from services.registry.actions import routes as actions
from services.registry.applications import create_routes, trash_routes
from services.registry.applications import routes as applications
from services.registry.audit import routes as audit
from services.registry.console import (
    anonymous_pages,
    app_pages,
    approval_pages,
    help_pages,
    invitation_pages,
    promotion_pages,
    secret_pages,
    settings_pages,
    team_pages,
    trash_pages,
    uri_pages,
)
from services.registry.documented import documented
from services.registry.dynamic import routes as dynamic
from services.registry.invitations import routes as invitations
from services.registry.logos import routes as logos
from services.registry.members import routes as members
from services.registry.organizations import routes as organizations
from services.registry.promotion import routes as promotion
from services.registry.review import application_routes
from services.registry.review import routes as review

API = documented(
    [
        *applications.ROUTES,
        *create_routes.ROUTES,
        *trash_routes.ROUTES,
        *promotion.ROUTES,
        *logos.ROUTES,
        *organizations.ROUTES,
        *members.ROUTES,
        *invitations.ROUTES,
        *audit.ROUTES,
        *actions.ROUTES,
        *review.ROUTES,
        *application_routes.ROUTES,
        *dynamic.ROUTES,
    ]
)
PAGES = [
    *app_pages.ROUTES,
    *settings_pages.ROUTES,
    *uri_pages.ROUTES,
    *secret_pages.ROUTES,
    *trash_pages.ROUTES,
    *promotion_pages.ROUTES,
    *anonymous_pages.ROUTES,
    *team_pages.ROUTES,
    *help_pages.ROUTES,
    *invitation_pages.ROUTES,
    *approval_pages.ROUTES,
]
ROUTES = [*API, *PAGES]
