"""One attempt seen from several places: each looks by itself, and a quorum decides (verifier.md A4)."""
