"""Keys of the platform itself, sealed in Postgres."""
