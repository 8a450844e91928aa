"""`Idempotency-Key`: a registration that is sent twice happens once and is answered twice (registry.md 3)."""
