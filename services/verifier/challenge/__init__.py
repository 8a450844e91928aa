"""What the owner of a host publishes, and where."""
