"""Pages for developers and reviewers: what the management API does, by forms that need no script."""
