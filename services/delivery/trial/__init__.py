"""Test sends: `webhook.test` to one application, sent like everything else but tried once (delivery.md 10)."""
