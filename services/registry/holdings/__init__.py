"""What registry holds about a person, for the copy that auth gives them."""
