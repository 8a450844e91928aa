"""Every event there is, in one import: for whoever documents them or must know them all."""

from contracts.events import Event, PublicEvent, auth, delivery, factors, notices, registry, usage, verifier

EVENTS: tuple[type[Event], ...] = (
    *auth.USER_EVENTS,
    *auth.PUBLIC_EVENTS,
    *auth.SIGNAL_EVENTS,
    *factors.FACTOR_EVENTS,
    *registry.APPLICATION_EVENTS,
    *verifier.VERIFICATION_EVENTS,
    *verifier.HEALTH_EVENTS,
    *delivery.PUBLIC_EVENTS,
    *delivery.ENDPOINT_EVENTS,
    notices.OwnersAlerted,
    notices.LetterAsked,
    usage.RedirectUriUsed,
)

PUBLIC: dict[str, type[PublicEvent]] = {
    kind.public_type: kind for kind in (*auth.PUBLIC_EVENTS, *delivery.PUBLIC_EVENTS)
}
"""What relying parties may receive, by the type that they see."""
