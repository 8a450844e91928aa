"""The documents by which clients configure themselves."""
