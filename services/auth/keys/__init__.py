"""Signing keys: made, published a day before they sign, kept for a quarter after."""
