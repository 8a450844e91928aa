"""Four ways to prove that another account is one's own as well: a device, an address, a mailed code, a browser."""
