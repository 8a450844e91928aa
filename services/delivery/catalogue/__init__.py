"""The event catalogue: what an application may hear of, with a schema and an example for each type."""
