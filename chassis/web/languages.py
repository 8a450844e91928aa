"""The languages of pages and mails, and how a visitor's one is chosen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from litestar.connection import ASGIConnection

Language = Literal["en", "ko"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ko")
"""The first is what a visitor gets who asks for none of them."""

COOKIE: Final = "logi_language"
"""Set by the link at the foot of a page; an explicit wish beats what the browser says."""


WISHED: Final = "logi_wished_language"
"""What an application asked for by `ui_locales`, kept for the few pages of one sign-in."""


class WordMissing(Exception):
    """A template uses a word that a catalogue lacks."""


class Words:
    """The catalogues of several folders: `en.json` and `ko.json`, flat, each word defined once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._of: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
        for folder in folders:
            for language in LANGUAGES:
                path = folder / f"{language}.json"
                if path.exists():
                    self._of[language].update(msgspec.json.decode(path.read_bytes(), type=dict[str, str]))

    def of(self, language: Language) -> Callable[..., str]:
        """`t("key", name="…")`: the words with their places filled; raises WordMissing."""
        catalogue = self._of[language]

        def translate(key: str, **places: object) -> str:
            try:
                return catalogue[key].format(**places)
            except KeyError as error:
                raise WordMissing(f"{key} in {language}: {error}") from error

        return translate

    def has(self, language: Language, key: str) -> bool:
        return key in self._of[language]


def choose(connection: ASGIConnection[Any, Any, Any, Any]) -> Language:
    """By `?lang=`, the cookie, `ui_locales` (OpenID Connect Core 3.1.2.1) of this page or of the one before,
    Accept-Language, else English.
    """
    wished = connection.query_params.get("lang") or connection.cookies.get(COOKIE)
    if wished in LANGUAGES:
        return wished
    asked = first_of(connection.query_params.get("ui_locales", "")) or connection.cookies.get(WISHED)
    for language in LANGUAGES:
        if asked == language:
            return language
    return accepted(connection.headers.get("accept-language", ""))


def first_of(ui_locales: str) -> Language | None:
    """The first of these tags (RFC 5646) whose language is there."""
    for tag in ui_locales[:200].split():
        for language in LANGUAGES:
            if tag.lower().split("-")[0] == language:
                return language
    return None


def accepted(header: str) -> Language:
    """The best known language of an Accept-Language header (RFC 9110 section 12.5.4)."""
    best: tuple[float, Language] = (0.0, LANGUAGES[0])
    for part in header[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        for language in LANGUAGES:
            if tag.lower().split("-")[0] == language and _weight(quality) > best[0]:
                best = (_weight(quality), language)
    return best[1]


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0
