"""Which host answers a path where the console has a host of its own; elsewhere both are one (auth.md 1.2, ADR 22).

People sign in on the issuer's host, whatever for; what they do once they are known is the console's.
"""

from typing import Final, Literal

Host = Literal["issuer", "console", "any"]

_ANY: Final = ("/assets", "/docs", "/session/confirm", "/session/sign_out")
"""The look, and what a session needs wherever it lives."""

_DOORS: Final = ("/console/login", "/console/signup", "/console/verify_email")
"""Under the console's name, but without a session: passwords are asked for on one host only."""

_ISSUER: Final = ("/account/identities", "/account/qr", *_DOORS)

_CONSOLE: Final = ("/console", "/account", "/settings", "/developer", "/admin", "/cli", "/session/handoff")


def of_page(path: str) -> Host:
    """The host of a page, by its path or its template."""
    if _below(path, _ANY):
        return "any"
    return "console" if _below(path, _CONSOLE) and not _below(path, _ISSUER) else "issuer"


def _below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)
