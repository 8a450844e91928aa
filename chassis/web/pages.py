"""Pages: templates with their words in English and Korean, a strict Content-Security-Policy, documents by content hash.

Knows nothing of what the pages say; a feature brings a folder with its templates and its `en.json` and `ko.json`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlencode

import jinja2
import msgspec
from litestar import Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from chassis.web.languages import COOKIE, LANGUAGES, WISHED, Words, choose, first_of

LOOK: Final = Path(__file__).parents[2] / "web"
"""The shared look: base template, stylesheet, common words."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "vary": "accept-language, cookie",
}

_DISPLAY = re.compile(r"[?&]display=(popup|touch|wap)(?:&|$)")

Connection = ASGIConnection[Any, Any, Any, Any]


class Asset(msgspec.Struct, frozen=True):
    """A public document of the look; its name for ever means these bytes."""

    name: str
    media_type: str
    content: bytes
    digest: str


class Pages:
    """Renders the templates of several features with the shared look."""

    def __init__(self, issuer: str, features: Sequence[Path] = (), console: str = "") -> None:
        """`console` is the origin of the console's own host, if it has one: forms here lead there, and back."""
        folders = [LOOK / "templates", *features]
        self.origins = (issuer, console) if console else (issuer,)
        self._form_action = "; form-action 'self'" + (f" {issuer} {console}" if console else "")
        self.words = Words([LOOK / "messages", *features])
        self.assets = {asset.name: asset for asset in map(_asset, sorted((LOOK / "static").iterdir()))}
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = self.address
        self._environment.filters["date"] = _date
        self._environment.filters["iso"] = _iso

    def address(self, name: str) -> str:
        """Where a document is to be had, by a name that changes with its content."""
        stem, _, suffix = name.partition(".")
        return f"/assets/{stem}.{self.assets[name].digest}.{suffix}"

    def render(  # noqa: PLR0913 - each of them is said by few pages
        self,
        connection: Connection,
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        cookies: Sequence[Cookie | None] = (),
        leads_away: bool = False,
        at: str | None = None,
        **context: Any,
    ) -> Response[bytes]:
        """`at` is the address of this page where it answers a form and has no address of its own.

        `leads_away`: sending its form may end at another host by redirects, which browsers judge by `form-action`.
        """
        language = choose(connection)
        html = self._environment.get_template(template).render(
            language=language,
            other_language=_other(language),
            elsewhere=_in_language(at or _address(connection), _other(language)),
            display=_display(at or _address(connection)),
            t=self.words.of(language),
            **context,
        )
        policy = _POLICY if leads_away else f"{_POLICY}{self._form_action}"
        return Response(
            html.encode(),
            status_code=status,
            media_type="text/html",  # Litestar adds the charset
            headers={**_HEADERS, "content-language": language, "content-security-policy": policy, **(headers or {})},
            cookies=[cookie for cookie in (*cookies, _wish(connection)) if cookie is not None],
        )


def see_other(path: str, cookies: Sequence[Cookie | None] = ()) -> Response[bytes]:
    """After a form was taken: 303, so that a reload repeats nothing."""
    return Response(
        b"",
        status_code=303,
        media_type="text/plain",
        headers={"location": path, "cache-control": "no-store"},
        cookies=[cookie for cookie in cookies if cookie is not None],
    )


def _asset(path: Path) -> Asset:
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    content = path.read_bytes()
    return Asset(path.name, kinds[path.suffix], content, sha256(content).hexdigest()[:12])


def _other(language: str) -> Literal["en", "ko"]:
    return "ko" if language == LANGUAGES[0] else "en"


def _address(connection: Connection) -> str:
    query = connection.scope["query_string"].decode("latin-1")
    path = str(connection.scope["path"])
    return f"{path}?{query}" if query and connection.scope.get("method") == "GET" else path


def _display(address: str) -> str:
    """How an application wants its pages (OpenID Connect Core 3.1.2.1): in the address, or in where it leads back."""
    found = _DISPLAY.search(unquote(unquote(address)))
    return found[1] if found else ""


def _in_language(address: str, language: str) -> str:
    """The same address with another `lang`."""
    path, _, query = address.partition("?")
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', language)])}"


def _wish(connection: Connection) -> Cookie | None:
    """Remembers the language that a visitor asked for by its link, and for a while the one that an application did."""
    wished = connection.query_params.get("lang")
    if wished in LANGUAGES:
        return Cookie(key=COOKIE, value=wished, path="/", max_age=365 * 86400, samesite="lax", httponly=True)
    asked = first_of(connection.query_params.get("ui_locales", ""))
    return asked and Cookie(key=WISHED, value=asked, path="/", max_age=600, samesite="lax", httponly=True)


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
