"""Every route of registry."""

from services.registry.applications import create_routes, trash_routes
from services.registry.applications import routes as applications
from services.registry.audit import routes as audit
from services.registry.invitations import routes as invitations
from services.registry.logos import routes as logos
from services.registry.members import routes as members
from services.registry.organizations import routes as organizations

ROUTES = [
    *applications.ROUTES,
    *create_routes.ROUTES,
    *trash_routes.ROUTES,
    *logos.ROUTES,
    *organizations.ROUTES,
    *members.ROUTES,
    *invitations.ROUTES,
    *audit.ROUTES,
]
