"""What relying parties that listen to Shared Signals are told of an account's credentials (CAEP 1.0 section 3.3)."""
