"""Signing out: at the wish of an application (RP-Initiated Logout 1.0), and told to the others (Back-Channel 1.0)."""
