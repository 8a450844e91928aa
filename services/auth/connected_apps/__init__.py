"""The applications that a person has let in, and the way to put one out (auth.md 6.7)."""
