"""How often attempts may be made."""
