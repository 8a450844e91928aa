"""What verifier announces about the hosts of redirect URIs."""

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
