"""What happened at the door of an account, for its owner to see; entries can be put into a trash and taken back."""
