"""Passkeys (WebAuthn level 3): as the second factor, and, where the device has verified its user, as the only one."""
