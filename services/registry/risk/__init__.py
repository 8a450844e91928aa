"""What makes a registration worth a second look, evaluated once and kept for ever (registry.md 8)."""
