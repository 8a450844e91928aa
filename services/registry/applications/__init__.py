"""The application record: registered, changed and shown; every change is announced and waits for its effect."""
