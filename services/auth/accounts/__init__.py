"""Accounts: signing up, proving an address, signing in and out."""
