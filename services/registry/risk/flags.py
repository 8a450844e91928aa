"""The six risk flags and their exact rules (registry.md 8)."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

Code = Literal[
    "wildcard_redirect_uri",
    "sensitive_scope",
    "unlisted_scope",
    "high_volume_developer",
    "new_developer_account",
    "suspicious_app_name",
]

HARD: frozenset[Code] = frozenset({"wildcard_redirect_uri", "sensitive_scope"})
"""An app with one of these serves nobody until it was reviewed."""

WINDOW = timedelta(hours=168)
VOLUME = 5

_LISTED = frozenset({"openid", "profile", "email", "phone", "offline_access"})
_POWERFUL = frozenset({"admin", "root", "superuser", "all"})
_PLACEHOLDER = re.compile(r"(?:(?:test|sample|foo|untitled)(?: app)?(?:[ _.-]?\d+)?|app[ _.-]?\d+)", re.IGNORECASE)


class Flag(msgspec.Struct, frozen=True, omit_defaults=True):
    """`soft`: of a kind that is hard otherwise, it only waits for the promotion."""

    code: Code
    detail: str
    soft: bool = False

    @property
    def hard(self) -> bool:
        return self.code in HARD and not self.soft


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """As stored in creation_risk_flags, permanently."""

    evaluated_at: datetime
    version: int = 1
    flags: tuple[Flag, ...] = ()

    @property
    def hard(self) -> bool:
        return any(flag.hard for flag in self.flags)


def evaluate(
    *,
    name: str,
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
    registered_in_window: int,
    account_created_at: datetime | None,
    now: datetime,
) -> Evaluation:
    """`registered_in_window` counts the developer's other apps of the last 168 hours, trashed ones included.

    An account that registry has not heard of yet is the newest of all.
    """
    flags = [
        *_uri_flags(redirect_uris),
        *_scope_flags(scopes),
        *_developer_flags(registered_in_window + 1, account_created_at, now),
    ]
    if _PLACEHOLDER.fullmatch(name.strip()):
        flags.append(Flag("suspicious_app_name", f"{name.strip()} reads like a placeholder"))
    return Evaluation(evaluated_at=now, flags=tuple(flags))


def _uri_flags(uris: Iterable[str]) -> Iterable[Flag]:
    wild = [uri for uri in uris if "*" in uri]
    if wild:
        yield Flag("wildcard_redirect_uri", f"{wild[0]} has a wildcard")


def _scope_flags(scopes: Sequence[str]) -> Iterable[Flag]:
    sensitive = [scope for scope in scopes if _is_sensitive(scope)]
    if sensitive:
        # Until promotion nobody but the app's own people can give it the console's scopes (auth.md 3.4).
        yield Flag("sensitive_scope", " ".join(sensitive), soft=not any(map(_is_powerful, sensitive)))
    unlisted = [scope for scope in scopes if ("profile" if scope == "profile:basic" else scope) not in _LISTED]
    if unlisted:
        yield Flag("unlisted_scope", " ".join(unlisted))


def _is_sensitive(scope: str) -> bool:
    return _is_powerful(scope) or scope.lower().startswith("console:")


def _is_powerful(scope: str) -> bool:
    lowered = scope.lower()
    return bool(_POWERFUL & set(re.split(r"[:.]", lowered))) or lowered.startswith("internal:")


def _developer_flags(registered: int, created_at: datetime | None, now: datetime) -> Iterable[Flag]:
    if registered >= VOLUME:
        yield Flag("high_volume_developer", f"{registered} apps within 7 days")
    if created_at is None or now - created_at < WINDOW:
        yield Flag("new_developer_account", "the account is younger than 7 days")
