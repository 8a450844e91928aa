"""Tokens themselves: made, verified, taken back. The endpoint that hands them out is services.auth.token."""
