"""Registry: the applications of relying parties, their redirect URIs, secrets and the organisations that own them."""
