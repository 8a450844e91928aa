"""Which status an application has after what happened to it (registry.md section 6)."""

from collections.abc import Iterable

import msgspec

from chassis.outbound import Policy
from contracts.applications import Application, RedirectUri, Status, UriClass
from services.registry.applications.classify import classify, first_verification

_STRICTNESS: dict[UriClass, int] = {"dev_local": 0, "dev_internet": 1, "production": 2}


def uri_class(uris: Iterable[RedirectUri]) -> UriClass:
    """The strictest class among an application's URIs is the application's."""
    return max((entry.uri_class for entry in uris), key=_STRICTNESS.__getitem__, default="dev_local")


def registered(uris: Iterable[RedirectUri], *, hard_flagged: bool) -> Status:
    """Usable at once for development hosts; a production host or a hard flag waits for review."""
    return "pending" if hard_flagged or uri_class(uris) == "production" else "sandbox"


def with_uris(app: Application, uris: tuple[RedirectUri, ...]) -> Application:
    """The application with other URIs: a production host sends a sandbox app to review, and its going brings it back.

    An approved app stays approved; what is new to it waits for review by itself.
    """
    status = app.status
    if uri_class(uris) == "production":
        status = "pending" if status == "sandbox" else status
    elif status == "pending" and not app.hard_flagged:
        status = "sandbox"
    return msgspec.structs.replace(app, redirect_uris=uris, status=status)


def new_uri(uri: str, status: Status | None, policy: Policy) -> RedirectUri:
    """A URI as it enters an application of this status, or one that is being registered."""
    kind = classify(uri)
    waits = kind == "production" and status == "approved"
    return RedirectUri(
        uri=uri,
        uri_class=kind,
        state="pending_review" if waits else "active",
        verification=first_verification(uri, policy),
    )
