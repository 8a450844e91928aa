"""Attempts: recorded together, kept for thirty days, shown to the application's developer (delivery.md 10)."""
