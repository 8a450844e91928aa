"""Two accounts of one person become one: proofs that both are theirs, and what becomes of the one that is absorbed."""
