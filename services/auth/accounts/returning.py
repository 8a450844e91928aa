"""Where somebody goes after signing in: a path of ours that may be asked for, never another host."""

import re
from typing import Final
from urllib.parse import quote

from contracts import hosts

HOME: Final = "/console"

HANDOFF: Final = "/session/handoff"
"""Where a session comes over to a console with a host of its own (auth.md 2.6)."""

_PLACES: Final = ("/oauth/", "/oidc/", "/console", "/account", "/settings/", "/developer/", "/admin/", "/cli/activate")
_PLAIN: Final = re.compile(r"/[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]*")
"""Printable ASCII without backslash, quotes or blanks: what browsers would read as something else stays out."""

LONGEST: Final = 8000


def safe(wished: str) -> str:
    """`wished` if it is a path below a place where a signed-in person belongs, else the console."""
    if len(wished) > LONGEST or not _PLAIN.fullmatch(wished) or wished.startswith("//"):
        return HOME
    return wished if any(_below(wished, place) for place in _PLACES) else HOME


def on_console(wished: str) -> str:
    """`wished` if it is a page of the console, else its home."""
    there = safe(wished)
    return there if hosts.of_page(there.partition("?")[0]) == "console" else HOME


def onward(console: str, wished: str) -> str:
    """Where somebody goes who is signed in now; `console` is the origin of the console's own host, if it has one."""
    there = safe(wished)
    if not console or on_console(there) != there:
        return there
    return f"{console}{HANDOFF}?return_to={quote(there, safe='')}"


def wish(wished: str) -> str:
    """What is worth remembering of `wished`: a place that is not the console anyway, else nothing."""
    there = safe(wished)
    return "" if there == HOME else there


def sign_in(wished: str) -> str:
    """The sign-in page that leads back to `wished`."""
    return f"/session/new?return_to={quote(safe(wished), safe='')}"


def sign_up(wished: str) -> str:
    """The sign-up page that remembers `wished`."""
    return _remembering("/console/signup", wished)


def forgotten(wished: str) -> str:
    """The page for who has forgotten the password, which remembers `wished`."""
    return _remembering("/session/forgot", wished)


def after_mail(wished: str) -> str:
    """Where a link of a mail leads on: to `wished`, over the sign-in page if nobody is signed in."""
    return sign_in(wished) if wish(wished) else HOME


def _remembering(page: str, wished: str) -> str:
    there = wish(wished)
    return f"{page}?return_to={quote(there, safe='')}" if there else page


def leads_away(wished: str) -> bool:
    """Whether what follows may redirect to a relying party at once."""
    return wished.startswith(("/oauth/", "/oidc/"))


def _below(path: str, place: str) -> bool:
    if place.endswith("/"):
        return path.startswith(place)
    return path == place or path.startswith((f"{place}/", f"{place}?"))
