"""Where a redirect URI differs from a registered one; the registered one itself is never told (verifier.md C)."""

from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

PARTS = ("scheme", "host", "port", "path", "query")


def nearest(given: str, registered: Iterable[str]) -> list[str]:
    """The keys that name all differences from the closest registered URI; empty where none is near."""
    found = [differences(given, uri) for uri in registered]
    near = [each for each in found if each is not None]
    return min(near, key=len, default=[])


def differences(given: str, registered: str) -> list[str] | None:
    """How `given` would have to change; None where it is another address altogether."""
    try:
        ours, theirs = urlsplit(registered), urlsplit(given)
        ports = ours.port, theirs.port
    except ValueError:
        return None
    if (ours.hostname or "") != (theirs.hostname or "") or (not ours.hostname and ours.scheme != theirs.scheme):
        return None
    keys = []
    if ours.scheme != theirs.scheme:
        keys.append("uri.scheme")
    if ports[0] != ports[1]:
        keys.append("uri.port")
    keys += _path(ours, theirs)
    if ours.query != theirs.query:
        keys.append("uri.query")
    if theirs.fragment or given.endswith("#"):
        keys.append("uri.fragment")
    if not keys:
        keys.append("uri.case" if given.lower() == registered.lower() else "uri.bytes")
    return keys


def _path(ours: SplitResult, theirs: SplitResult) -> list[str]:
    a, b = ours.path, theirs.path
    if a == b:
        return []
    if a.rstrip("/") == b.rstrip("/"):
        return ["uri.slash"]
    if a.lower() == b.lower():
        return ["uri.case"]
    if unquote(a) == unquote(b):
        return ["uri.encoding"]
    return ["uri.path"]
