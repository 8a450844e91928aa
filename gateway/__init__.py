"""The edge: routes, limits, caller identity, request ids, tracing and public documents; no business (ADR 1)."""
