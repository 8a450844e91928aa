"""Lists of applications: a developer's, the trash, an administrator's search."""
