"""Browsers that their account knows: what strangers try elsewhere does not count against them (ADR 16)."""
