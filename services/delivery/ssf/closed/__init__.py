"""Whom the end of an account was told to (RISC: they hear of its return and of its purge)."""

from services.delivery.ssf.closed.store import Told, forget, remember

__all__ = ["Told", "forget", "remember"]
