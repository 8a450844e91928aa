"""A new password by mail, for who has forgotten the old one (auth.md 6.1)."""
