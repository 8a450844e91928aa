"""Who did what: written in the transaction of the change, chained by hashes, never changed (registry.md 13)."""

from services.registry.audit.entry import Entry, difference
from services.registry.audit.record import record

__all__ = ["Entry", "difference", "record"]
