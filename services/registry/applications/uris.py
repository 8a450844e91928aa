"""The redirect URIs of an application as a whole: its class, and what a change of them does to its status."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from chassis.outbound import Policy
from chassis.problems import ValidationFailed
from contracts.applications import Application, ClientType, RedirectUri, Status, UriClass
from services.registry.applications import classify, lifecycle
from services.registry.applications.lifecycle import Happening

_STRICTNESS: dict[UriClass, int] = {"dev_local": 0, "dev_internet": 1, "production": 2}


def strictest(uris: Iterable[RedirectUri]) -> UriClass:
    """The strictest class among an application's URIs is the application's (registry.md 5.2)."""
    return max((entry.uri_class for entry in uris), key=_STRICTNESS.__getitem__, default="dev_local")


def check(uris: tuple[str, ...], client_type: ClientType) -> None:
    """Raises ValidationFailed for the list, InvalidRedirectUri for one of them."""
    if not 1 <= len(uris) <= classify.MAX_URIS:
        raise ValidationFailed(fields={"redirect_uris": [f"1 to {classify.MAX_URIS} URIs"]})
    if len(set(uris)) != len(uris):
        raise ValidationFailed(fields={"redirect_uris": ["a URI stands here twice"]})
    for uri in uris:
        classify.check(uri, client_type)


def replaced(app: Application, uris: tuple[RedirectUri, ...]) -> Application:
    """The application with other URIs: a production host sends a sandbox app to review, and its going brings it back.

    An approved app stays approved; what is new to it waits for review by itself.
    """
    status = app.status
    if strictest(uris) == "production":
        if lifecycle.allows(app, Happening.EXTERNAL_ADDED):
            status = lifecycle.after(app, Happening.EXTERNAL_ADDED)
    elif app.tier == "free" and not app.hard_flagged and lifecycle.allows(app, Happening.EXTERNAL_GONE):
        status = lifecycle.after(app, Happening.EXTERNAL_GONE)
    return msgspec.structs.replace(app, redirect_uris=uris, status=status)


def new(uri: str, app: Application | None, policy: Policy) -> RedirectUri:
    """A URI as it enters an application, or one that is being registered.

    A new path on a host that was approved needs no second look (registry.md 14.2).
    """
    kind = classify.classify(uri)
    promoted = app is not None and app.tier == "production"
    known = app is not None and origin(uri) in {origin(entry.uri) for entry in app.redirect_uris if _approved(entry)}
    return RedirectUri(
        uri=uri,
        uri_class=kind,
        state="pending_review" if kind == "production" and promoted and not known else "active",
        verification=classify.first_verification(uri, policy),
    )


def origin(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    return parts.scheme.lower(), parts.netloc.lower()


def approved(app: Application) -> Application:
    """The application after its review: live, and every URI usable."""
    uris = tuple(msgspec.structs.replace(entry, state="active") for entry in app.redirect_uris)
    status: Status = lifecycle.after(app, Happening.APPROVED)
    return msgspec.structs.replace(app, redirect_uris=uris, status=status, environment="live", tier="production")


def _approved(entry: RedirectUri) -> bool:
    return entry.uri_class == "production" and entry.state == "active" and "*" not in entry.uri
