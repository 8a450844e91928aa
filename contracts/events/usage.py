"""What auth reports of use now and then: coarse, for the owner's eye, and nothing is decided by it."""

from datetime import datetime

from contracts.events import Event


class RedirectUriUsed(Event, frozen=True, kw_only=True, tag="auth.redirect_uri.used"):
    """A code was sent to this redirect URI; told at most once an hour for each (registry.md 5.2)."""

    client_id: str
    uri: str
    used_at: datetime
