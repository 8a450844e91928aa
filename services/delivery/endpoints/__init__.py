"""Where each application wants its events: a copy of registry's record, and the secrets that sign for it."""
