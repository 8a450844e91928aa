"""Signing in by a picture: one screen shows it, a device that is signed in already approves it (auth.md 2.4)."""
