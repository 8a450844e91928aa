"""What is wrong with an authorization request, told to its developer on a public page (verifier.md part C)."""
