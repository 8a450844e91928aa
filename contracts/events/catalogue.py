"""Every event there is, in one import: for whoever documents them or must know them all."""

from contracts.events import Event, auth, notices, registry, verifier

EVENTS: tuple[type[Event], ...] = (
    *auth.USER_EVENTS,
    *auth.PUBLIC_EVENTS,
    *registry.APPLICATION_EVENTS,
    *verifier.VERIFICATION_EVENTS,
    *verifier.HEALTH_EVENTS,
    notices.OwnersAlerted,
)
