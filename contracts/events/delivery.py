"""What delivery itself has to tell: of its keys and test sends to applications, of broken endpoints to their owners."""

from datetime import datetime
from typing import ClassVar, Literal

from contracts.events import Event, PublicEvent


class WebhookKeyCompromised(PublicEvent, frozen=True, kw_only=True, tag="delivery.webhook_key.compromised"):
    """An operator retired a signing key by force; the application must turn to the replacement at once."""

    public_type: ClassVar[str] = "webhook_key.compromised"

    kid: str
    replacement_kid: str
    revoked_at: datetime

    def data(self) -> dict[str, object]:
        return {
            "kid": self.kid,
            "replacement_kid": self.replacement_kid,
            "reason": "compromise",
            "revoked_at": self.revoked_at,
        }


class WebhookTested(PublicEvent, frozen=True, kw_only=True, tag="delivery.webhook.tested"):
    """A developer asked for a test send; it goes to that application only and is never polled."""

    public_type: ClassVar[str] = "webhook.test"

    message: str

    def data(self) -> dict[str, object]:
        return {"message": self.message}


class EndpointFailing(Event, frozen=True, kw_only=True, tag="delivery.endpoint.failing"):
    """Webhooks of an application die; told at the first and then once a day, for a mail to its owner."""

    client_id: str
    application_id: int
    webhook_url: str
    failing_since: datetime


class EndpointDisabled(Event, frozen=True, kw_only=True, tag="delivery.endpoint.disabled"):
    """Nothing is pushed to an application any more, until its URL is saved or the owner enables it; for a mail."""

    client_id: str
    application_id: int
    webhook_url: str
    reason: Literal["gone", "failing"]
    """It answered 410, or nothing has succeeded for five days."""
    disabled_at: datetime


class StreamPaused(Event, frozen=True, kw_only=True, tag="delivery.stream.paused"):
    """A stream of security events waits until its receiver enables it; for a mail, because the receiver is deaf."""

    client_id: str
    application_id: int
    stream_id: str
    endpoint_url: str
    reason: str
    """`ssrf_blocked`, or how the last push failed."""
    paused_at: datetime


PUBLIC_EVENTS: tuple[type[PublicEvent], ...] = (WebhookKeyCompromised, WebhookTested)
ENDPOINT_EVENTS: tuple[type[EndpointFailing | EndpointDisabled | StreamPaused], ...] = (
    EndpointFailing,
    EndpointDisabled,
    StreamPaused,
)
