"""Step-up for single acts: an administrator announces one, and may do it once within five minutes (registry.md 10)."""
