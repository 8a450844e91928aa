"""Passwords: what a new one must be, how it is kept, and how its owner changes it."""
