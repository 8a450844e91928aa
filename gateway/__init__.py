"""The edge: routes, limits, caller identity, request ids, tracing and public documents; no business (design.md 1)."""
