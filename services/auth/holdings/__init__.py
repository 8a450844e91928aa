"""Everything that auth holds about a person, table by table: what they may have a copy of, and what goes with them."""
