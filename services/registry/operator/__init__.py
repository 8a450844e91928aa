"""What the operator does to anybody's app from the server's console."""
