"""The end of an account: closed at once, thirty days in which it can come back, then gone for good (auth.md 6.6)."""
