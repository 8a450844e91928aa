"""What services say to each other: msgspec Structs only, no I/O."""
