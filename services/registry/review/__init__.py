"""What platform administrators do with applications: look, decide, suspend (registry.md 10)."""
