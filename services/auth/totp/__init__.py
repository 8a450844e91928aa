"""One-time codes by time (RFC 6238): enrolled with a QR code, confirmed by a first code, each code good once."""
