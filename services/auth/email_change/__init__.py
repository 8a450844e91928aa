"""Another address for an account: proved before it counts, and told to the old one (auth.md 6.1)."""
