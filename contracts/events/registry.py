"""What registry announces: each event carries the whole application at its new version."""

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


class VerificationStamped(ApplicationEvent, frozen=True, kw_only=True, tag="registry.verification.stamped"): ...


APPLICATION_EVENTS: tuple[type[ApplicationEvent], ...] = (
    ApplicationRegistered,
    ApplicationUpdated,
    RedirectUriAdded,
    RedirectUriRemoved,
    SecretRotated,
    VerificationStamped,
)
"""What a service that keeps a copy of applications listens to."""
