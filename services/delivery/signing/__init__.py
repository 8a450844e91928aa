"""The exact bytes of bodies and signatures (delivery.md 4); pure functions only."""
