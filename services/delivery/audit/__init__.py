"""Who did what to which application's deliveries: written in the transaction of the deed, never changed."""
