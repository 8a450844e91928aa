"""What an account may do: role, proof of identity, suspension; and putting everybody out of it."""
