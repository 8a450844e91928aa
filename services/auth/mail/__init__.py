"""Mail: written in the transaction of its cause, sent afterwards, again and again until it is gone."""

from services.auth.mail.outbox import Kind, Letter, enqueue

__all__ = ["Kind", "Letter", "enqueue"]
