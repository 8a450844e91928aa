"""Shared Signals: the log of an application as streams of signed security event tokens (delivery.md 12)."""
