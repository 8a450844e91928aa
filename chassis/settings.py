"""Settings come from the environment, once, before anything else; every bad variable is named in one message."""

import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, TypeVar, get_type_hints
from urllib.parse import urlsplit

import msgspec

PREFIX = "LOGI_"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}

T = TypeVar("T", bound=msgspec.Struct)


class Secret:
    """A value that no log, trace or error may show; `reveal()` is the one way to read it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)


class SettingsInvalid(Exception):
    """The environment does not say what a process needs; the message names each variable and why."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What every process needs; a service adds its own fields in its settings.py."""

    issuer: str
    """The public origin, without a trailing slash; every link and token is built from it."""
    console_origin: str = ""
    """The console's own public origin, with another host name than the issuer's; empty: the console is there too."""
    environment: Literal["local", "production"] = "production"
    nats_url: str
    nats_user: str | None = None
    nats_password: Secret | None = None
    health_host: str = "127.0.0.1"
    health_port: int
    """The private port of /livez, /readyz and /metrics."""
    instance: str = ""
    """Names this process among its like in logs; host name and process id serve where it is empty."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    trace_ratio: float = 0.1
    """Share of traces that are recorded, decided once at the gateway."""
    otlp_endpoint: str | None = None
    """Base URL of an OTLP/HTTP collector; nothing is exported without."""
    start_timeout: timedelta = timedelta(seconds=60)
    """How long a process waits for what it depends on before it gives up and is started anew."""

    def __post_init__(self) -> None:
        if self.console_origin and not _is_another_host(self.console_origin, self.issuer):
            raise SettingsInvalid(
                "LOGI_CONSOLE_ORIGIN: an origin of the issuer's scheme with another host name (cookies know no ports)"
            )


def _is_another_host(origin: str, issuer: str) -> bool:
    parts, other = urlsplit(origin), urlsplit(issuer)
    plain = origin == f"{parts.scheme}://{parts.netloc}" and parts.username is None
    return plain and parts.scheme == other.scheme and parts.hostname not in {None, other.hostname}


def load(kind: type[T], environ: Mapping[str, str]) -> T:
    """Reads `kind` from `environ`: field `nats_url` from LOGI_NATS_URL.

    Durations are written `250ms`, `10s`, `15m`, `24h`, `30d`; lists with commas. Raises SettingsInvalid.
    """
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for field in msgspec.structs.fields(kind):
        name = PREFIX + field.name.upper()
        text = environ.get(name)
        if text is None or text == "":
            if field.required:
                wrong.append(f"{name} is missing")
            continue
        try:
            found[field.name] = _convert(text, hints[field.name])
        except (msgspec.ValidationError, ValueError) as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise SettingsInvalid("; ".join(wrong))
    return kind(**found)


def _convert(text: str, kind: Any) -> Any:
    if kind == timedelta:
        return duration(text)
    source: Any = text
    if getattr(kind, "__origin__", None) in (tuple, list):
        source = [part.strip() for part in text.split(",") if part.strip()]
    return msgspec.convert(source, kind, strict=False, dec_hook=_decode)


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(f"no way to read a {kind.__name__}")


def duration(text: str) -> timedelta:
    """Reads `250ms`, `10s`, `15m`, `24h`, `30d`. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("a duration is a number and one of ms, s, m, h, d")
    return timedelta(seconds=float(match[1]) * _UNIT_SECONDS[match[2]])
