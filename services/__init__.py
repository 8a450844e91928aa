"""One folder per service; a service imports chassis and contracts, never another service."""
