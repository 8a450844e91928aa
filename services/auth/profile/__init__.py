"""What people call themselves, and in which language we write to them."""
