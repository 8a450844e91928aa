"""The addresses that a kept request goes through: itself once more, and the sign-in page that leads back to it."""

from urllib.parse import urlencode

from services.auth.authorize import methods
from services.auth.authorize.store import Pending


def resume(handle: str, pending: Pending) -> str:
    """The kept request once more."""
    return f"{methods.RESUME}?{urlencode({'request': handle, **_wishes(pending)})}"


def prove(handle: str, pending: Pending, *, again: bool, confirm: bool) -> str:
    """The sign-in page, or the one where who is signed in shows their second factor."""
    if confirm:
        return f"/session/confirm?{urlencode({'return_to': resume(handle, pending), **_wishes(pending)})}"
    return sign_in(handle, pending, again=again)


def sign_in(handle: str, pending: Pending, *, again: bool) -> str:
    """The sign-in page, which leads back to the kept request."""
    params = {"return_to": resume(handle, pending), **_wishes(pending), **({"again": "1"} if again else {})}
    return f"/session/new?{urlencode(params)}"


def _wishes(pending: Pending) -> dict[str, str]:
    """How the app would like pages to be; the visitor's own choice of a language beats it."""
    asked = {"ui_locales": (pending.request.ui_locales or "")[:100], "display": pending.request.display or ""}
    return {name: value for name, value in asked.items() if value}
