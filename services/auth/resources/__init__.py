"""API resources, their scopes, and the roles that give these scopes to machines."""
