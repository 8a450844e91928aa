"""Clients that register themselves: RFC 7591 and 7592, always public, within a ceiling (registry.md 11)."""
