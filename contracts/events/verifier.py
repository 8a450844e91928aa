"""What verifier announces about the hosts of redirect URIs, and about relying parties that do not answer."""

from contracts.applications import Verification
from contracts.events import Event


class VerificationEvent(Event, frozen=True, kw_only=True):
    """The outcome of a check of one redirect URI; the latest one counts."""

    application_id: int
    client_id: str
    uri: str
    verification: Verification


class RedirectUriVerified(VerificationEvent, frozen=True, kw_only=True, tag="verifier.redirect_uri.verified"): ...


class RedirectUriFailed(VerificationEvent, frozen=True, kw_only=True, tag="verifier.redirect_uri.failed"): ...


class RedirectUriLapsed(VerificationEvent, frozen=True, kw_only=True, tag="verifier.redirect_uri.lapsed"): ...


VERIFICATION_EVENTS: tuple[type[VerificationEvent], ...] = (RedirectUriVerified, RedirectUriFailed, RedirectUriLapsed)


class HealthEvent(Event, frozen=True, kw_only=True):
    """Worth a mail to the owners of an application: announced when it is due, not at each change of a colour."""

    application_id: int
    client_id: str
    host: str
    reason: str


class HealthLost(HealthEvent, frozen=True, kw_only=True, tag="verifier.health.lost"):
    """Red for three checks (verifier.md B5)."""


class HealthRecovered(HealthEvent, frozen=True, kw_only=True, tag="verifier.health.recovered"):
    """Not red any more, after HealthLost was announced."""


HEALTH_EVENTS: tuple[type[HealthEvent], ...] = (HealthLost, HealthRecovered)
