"""What the consent page says: which app, where it sends people, what it wants."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from chassis.web.languages import Language, Words
from contracts.applications import Application
from contracts.scopes import full_name

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


class Ask(msgspec.Struct, frozen=True):
    """One scope as a person understands it."""

    title: str
    words: str


def in_plain_words(words: Words, language: Language, scopes: Sequence[str]) -> list[Ask]:
    """What each scope lets the app see or do."""
    t = words.of(language)
    full = [full_name(scope) for scope in scopes]
    return [
        Ask(t(f"scope.{scope}"), t(f"scope.{scope}.words"))
        if words.has(language, f"scope.{scope}")
        else Ask(scope, t("scope.other.words"))
        for scope in full
    ]
