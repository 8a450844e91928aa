"""The state of deliveries as a whole, for operators (delivery.md 13)."""
