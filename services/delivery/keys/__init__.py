"""The keys that sign webhooks: issued, sealed, listed for their owner (delivery.md 9)."""
