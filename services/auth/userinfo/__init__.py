"""Claims about the person behind an access token."""
