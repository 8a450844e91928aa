"""Whether relying parties are alive: a signed question each hour, a colour, a reason (verifier.md part B)."""
