"""Every route of registry."""

from services.registry.applications import create_routes, trash_routes
from services.registry.applications import routes as applications
from services.registry.logos import routes as logos

ROUTES = [*applications.ROUTES, *create_routes.ROUTES, *trash_routes.ROUTES, *logos.ROUTES]
