"""Whose hands a pushed stream is in, and how it goes there (RFC 8935)."""
