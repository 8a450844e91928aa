"""A client or a resource asks what a token is worth now (RFC 7662)."""
