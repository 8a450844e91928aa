"""Tokens for what has no browser of its own: it shows a code, and a person lets it in elsewhere (RFC 8628)."""
