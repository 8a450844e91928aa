"""What strangers ask about an address: answered alike for all, and worked on where nobody can watch (ADR 16)."""
