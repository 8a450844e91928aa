"""What the consent page says: which app, where it sends people, what it wants."""

from urllib.parse import urlsplit

import msgspec

from chassis.web.languages import Language, Words
from contracts.applications import Application

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where the person will be sent."""

    name: str
    """Host and port, or the scheme of a native app."""
    standing: str
    """`verified`, `this_device` or `unverified`."""


def destination(app: Application, redirect_uri: str) -> Destination:
    """As the person may judge it; only a proven host is called verified."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"}:
        return Destination(name=f"{parts.scheme}:", standing="this_device")
    if (parts.hostname or "") in _LOOPBACK:
        return Destination(name=parts.netloc, standing="this_device")
    proven = any(entry.uri == redirect_uri and entry.verification.status == "verified" for entry in app.redirect_uris)
    return Destination(name=parts.netloc, standing="verified" if proven else "unverified")


def in_plain_words(words: Words, language: Language, scopes: tuple[str, ...]) -> list[str]:
    """One sentence for each scope."""
    t = words.of(language)
    return [
        t(f"scope.{scope}") if words.has(language, f"scope.{scope}") else t("scope.other", scope=scope)
        for scope in scopes
    ]
