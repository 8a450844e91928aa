"""Accounts, sessions, credentials, consents, OAuth and OpenID Connect, tokens and keys."""
