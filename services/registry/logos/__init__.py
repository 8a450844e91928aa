"""Logos of applications: fetched once, drawn anew, served from our own host (registry.md 2)."""
