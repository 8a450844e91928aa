"""Who belongs to a developer organisation, and as what (registry.md 11)."""
