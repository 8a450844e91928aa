"""From a sandbox to production: the application, its papers, its states (registry.md 7)."""
