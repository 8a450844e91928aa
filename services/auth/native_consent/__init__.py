"""Consent in the platform's own app: it shows what is wanted, and gets the code that its person gives (auth.md 1.5)."""
