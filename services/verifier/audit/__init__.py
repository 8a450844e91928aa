"""Who did what to which application: written in the transaction of the deed, kept for 400 days."""
