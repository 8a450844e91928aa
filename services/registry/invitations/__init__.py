"""Invitations into a developer organisation, by mail (registry.md 11)."""
