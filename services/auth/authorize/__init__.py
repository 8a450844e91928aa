"""The authorization endpoint: checks, sign-in hand-over, consent, and the way back to the application."""
