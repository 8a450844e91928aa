"""Ten codes for the day when the second factor is lost; each is good once."""
