"""Auth's copy of registry's applications: kept current, read by version, authenticated."""
