"""Verifications of redirect URIs: what is shown, what is attempted, what is kept and announced."""
