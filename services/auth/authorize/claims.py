"""The `claims` parameter (OpenID Connect Core 5.5): what of the granted scopes stands in the ID token as well.

It grants nothing: a claim that no granted scope holds is left out, as 5.5 leaves us free to do.
"""

from typing import Any

import msgspec

LONGEST = 4096
"""Characters of the parameter."""

MOST = 50
"""Claims that are remembered."""


class Unreadable(Exception):
    """It is not what OpenID Connect Core 5.5 describes."""


class _One(msgspec.Struct, frozen=True):
    essential: bool = False
    value: Any = None
    values: list[Any] | None = None


class _Asked(msgspec.Struct, frozen=True):
    userinfo: dict[str, _One | None] | None = None
    id_token: dict[str, _One | None] | None = None


class Claims(msgspec.Struct, frozen=True):
    in_id_token: tuple[str, ...] = ()
    sub: str | None = None
    """Whom it has to be, if it says so (5.5.1)."""
    acr: tuple[str, ...] = ()
    """How strong the sign-in should be, the best first."""
    acr_essential: bool = False
    """Whether nothing weaker will do (5.5.1.1)."""


def read(text: str | None) -> Claims:
    """Raises Unreadable."""
    if text is None:
        return Claims()
    if len(text) > LONGEST:
        raise Unreadable
    try:
        asked = msgspec.json.decode(text.encode(), type=_Asked)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable from error
    if "\\u0000" in text:
        raise Unreadable  # Postgres keeps no zero byte
    named = asked.id_token or {}
    wanted = [one.value for one in (named.get("sub"), (asked.userinfo or {}).get("sub")) if one is not None]
    sub = next((value for value in wanted if isinstance(value, str)), None)
    acr = named.get("acr") or _One()
    levels = [level for level in (acr.value, *(acr.values or ())) if isinstance(level, str)]
    return Claims(
        in_id_token=tuple(sorted(name for name in named if len(name) <= 100 and "\x00" not in name))[:MOST],
        sub=sub,
        acr=tuple(levels[:10]),
        acr_essential=acr.essential,
    )
