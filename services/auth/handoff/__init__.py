"""Moves a session from the issuer's host to the console's, where that is another one (auth.md 2.6, ADR 22)."""
