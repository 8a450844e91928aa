"""A refusal of the gateway's own as a page in the look of all pages, though no service may be there to render it."""

import hashlib
import html
import re
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from chassis.problems import Problem
from chassis.web.languages import COOKIE, LANGUAGES, Language, Words, accepted

Headers = list[tuple[bytes, bytes]]

_WEB: Final = Path(__file__).parents[1] / "web"
LOOK: Final = f"/assets/look.{hashlib.sha256((_WEB / 'static' / 'look.css').read_bytes()).hexdigest()[:12]}.css"
"""Where auth serves the stylesheet of all pages: under the digest of its content."""

WORDS: Final = Words([_WEB / "messages"])

HEADERS: Final[Headers] = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"accept-language, cookie"),
]

_WISH: Final = re.compile(rf"(?:^|;\s*){COOKIE}=(\w+)")


def language_of(headers: Iterable[tuple[bytes, bytes]]) -> Language:
    """By the cookie of the visitor's own choice, or by what the browser accepts; as all pages choose it."""
    shown = dict(headers)
    wished = _WISH.search(shown.get(b"cookie", b"").decode("latin-1"))
    for language in LANGUAGES:
        if wished is not None and wished[1] == language:
            return language
    return accepted(shown.get(b"accept-language", b"").decode("latin-1"))


def page(problem: Problem, language: Language, request_id: str) -> bytes:
    """Unstyled it says the same."""
    t = WORDS.of(language)
    key, cause = f"problem.{problem.status}", f"problem.{problem.code}"
    title = html.escape(t(key) if WORDS.has(language, key) else HTTPStatus(problem.status).phrase)
    seconds = problem.headers.get("retry-after", "60")
    known = WORDS.has(language, cause)
    words = t(cause if known else "problem.any", seconds=seconds)
    # The sentence for programs says it again, where there are words for people.
    detail = "" if known or not problem.detail else f'<p class="soft" lang="en">{html.escape(problem.detail)}</p>'
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · logi</title>'
        f'<link rel="stylesheet" href="{LOOK}"></head><body class="door"><main>'
        f'<p class="brand"><a href="/console">logi</a></p><h1>{title}</h1>'
        f'<p role="alert">{html.escape(words)}</p>{detail}'
        f"<p><small>{html.escape(t('problem.request'))} <code>{html.escape(request_id)}</code></small></p>"
        f"</main></body></html>"
    ).encode()
