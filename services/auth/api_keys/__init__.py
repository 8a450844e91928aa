"""Personal API keys: made once, shown once, taken back at once (registry.md 9)."""
