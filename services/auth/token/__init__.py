"""The token endpoint: one module per grant, and the log that every request stands in."""
