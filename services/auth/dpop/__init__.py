"""Proof of possession (RFC 9449): a token is good only together with a fresh signature by the key that it names."""
