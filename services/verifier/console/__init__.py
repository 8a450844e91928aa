"""The card of an app's hosts in the console: their proofs, and whether the relying party is alive."""
