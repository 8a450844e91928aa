"""Push: claim, post, record the outcome (delivery.md 5)."""
