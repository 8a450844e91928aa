"""Rows that have not arrived are signed again when the key of their signature ends (delivery.md 9.2)."""
