"""Thirty days: what is older leaves the log, the queue and the log of attempts, in batches (delivery.md 7.3 and 10)."""

from services.delivery.retention.purge import purge

__all__ = ["purge"]
