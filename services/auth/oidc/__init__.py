"""The second dialect of the same endpoint: issuer `<issuer>/oidc`, its own documents and error bodies."""
