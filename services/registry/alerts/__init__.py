"""What happened to an application is told to its owners."""
