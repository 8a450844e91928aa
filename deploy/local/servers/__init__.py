"""Launchers of the real PostgreSQL, NATS and Redis, for the local stack and for the tests."""
