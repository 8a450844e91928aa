"""What registry announces: each event carries the whole application at its new version."""

from collections.abc import Iterable, Mapping

from contracts.applications import Application
from contracts.events import Event


class ApplicationEvent(Event, frozen=True, kw_only=True):
    """Any change of an application; a copy is an upsert that takes only newer versions."""

    application: Application


class ApplicationRegistered(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.registered"): ...


class ApplicationUpdated(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.updated"): ...


class RedirectUriAdded(ApplicationEvent, frozen=True, kw_only=True, tag="registry.redirect_uri.added"): ...


class RedirectUriRemoved(ApplicationEvent, frozen=True, kw_only=True, tag="registry.redirect_uri.removed"): ...


class SecretRotated(ApplicationEvent, frozen=True, kw_only=True, tag="registry.secret.rotated"): ...


class ApplicationDeleted(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.deleted"):
    """Its client_id is refused and its tokens are revoked; for thirty days it can come back, they cannot."""


class ApplicationRestored(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.restored"): ...


class ApplicationPurged(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.purged"):
    """Gone for good: the record is a tombstone from now on, and its client_id is never given again."""


class ApplicationSuspended(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.suspended"): ...


class ApplicationUnsuspended(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.unsuspended"): ...


class ApplicationReviewed(ApplicationEvent, frozen=True, kw_only=True, tag="registry.application.reviewed"):
    """An administrator or an applicant moved its promotion; the status in the record says where to."""


class VerificationStamped(ApplicationEvent, frozen=True, kw_only=True, tag="registry.verification.stamped"): ...


APPLICATION_EVENTS: tuple[type[ApplicationEvent], ...] = (
    ApplicationRegistered,
    ApplicationUpdated,
    RedirectUriAdded,
    RedirectUriRemoved,
    SecretRotated,
    ApplicationDeleted,
    ApplicationRestored,
    ApplicationPurged,
    ApplicationSuspended,
    ApplicationUnsuspended,
    ApplicationReviewed,
    VerificationStamped,
)
"""What a service that keeps a copy of applications listens to."""


def news(told: Iterable[ApplicationEvent], held: Mapping[str, int]) -> list[Application]:
    """The records that are newer than the versions held, by client_id, in their order.

    Most are not: registry has asked for each change to be taken before it answered its own caller.
    """
    records = (event.application for event in told)
    return [record for record in records if record.version > held.get(record.client_id, -1)]
