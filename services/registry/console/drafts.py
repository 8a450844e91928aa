"""What stands in the form of an app's settings, from its record or as somebody has just sent it, and what differs."""

from typing import Any, Final

from litestar.datastructures import FormMultiDict

from contracts.applications import Application
from services.registry.applications.patch import GRANTS, ApplicationPatch

TEXTS: Final = ("name", "token_endpoint_auth_method")
ADDRESSES: Final = ("app_link_url", "logo_url", "webhook_url", "backchannel_logout_uri", "jwks_uri")
"""Left empty they are none."""
LISTS: Final = ("post_logout_redirect_uris", "widget_origins", "webhook_event_types")
"""One on each line."""
SEVERAL: Final = {
    "grant_types": GRANTS,
    "allowed_login_methods": ("email", "app", "google", "apple", "kakao", "github"),
}
"""Boxes of which any may be ticked."""
TICKS: Final = (
    "require_pkce",
    "require_pushed_authorization_requests",
    "webhook_ordered",
    "webhook_asymmetric",
    "webhook_legacy_signature",
)
CONFIDENTIAL: Final = frozenset({"token_endpoint_auth_method", "jwks_uri", "require_pkce"})
"""What is no question where a client has no secret."""

Draft = dict[str, Any]


def of(app: Application) -> Draft:
    return {name: getattr(app, name) for name in fields(app)}


def sent(form: FormMultiDict, app: Application) -> Draft:
    """The same fields as typed; a method of signing in that has no box of its own stays as it is."""
    draft: Draft = {}
    for name in fields(app):
        text = str(form.get(name, "")).strip()
        if name in SEVERAL:
            ticked = tuple(str(one) for one in form.getall(name, []))
            kept = tuple(one for one in getattr(app, name) if one not in SEVERAL[name])
            draft[name] = ticked + kept
        elif name in LISTS:
            draft[name] = tuple(text.split())
        elif name in TICKS:
            draft[name] = bool(text)
        else:
            draft[name] = (text or None) if name in ADDRESSES else text
    return draft


def differing(draft: Draft, app: Application) -> ApplicationPatch:
    """What is to be changed; hosts of addresses that stay are not asked again."""
    changed = {name: value for name, value in draft.items() if _plain(value) != _plain(getattr(app, name))}
    return ApplicationPatch(**changed)


def fields(app: Application) -> list[str]:
    public = app.client_type == "public"
    every = (*TEXTS, *ADDRESSES, *LISTS, *SEVERAL, *TICKS)
    return [name for name in every if not (public and name in CONFIDENTIAL)]


def _plain(value: Any) -> Any:
    """The order in which boxes stand says nothing."""
    return frozenset(value) if isinstance(value, tuple) else value
