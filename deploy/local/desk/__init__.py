"""What a developer looks at: the mails that the platform sent, and the traces of what it did."""
