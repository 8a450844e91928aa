"""Pull: an application reads its own log by cursor (delivery.md 7)."""
