"""The table of all routes: compiled once from every service's routes.json into one trie of path segments.

A literal beats a parameter; a route with two owners fails the build; 404, 405 and HEAD are decided here (ADR 2).
"""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from chassis.wire import paths
from contracts.routes import Route, RouteTable

GATEWAY = "gateway"
"""Owner of the routes that are answered here."""

PREFLIGHT_CLASS = "preflight"


class RouteTaken(Exception):
    """Two owners claim one route; the message names both."""


Local = Callable[[Any], Awaitable[Any]]
"""Answers a route of the gateway's own."""


class Entry(msgspec.Struct, frozen=True, eq=False):
    """One route, with everything about it that would otherwise be worked out for each request."""

    service: str
    route: Route
    labels: dict[str, str]
    title: str
    resolves: bool
    """Whether the gateway finds out who calls; not where nobody needs to know or the service does so itself."""
    local: Local | None = None


class Place(msgspec.Struct, frozen=True, eq=False):
    """A path that exists: what it answers to each method."""

    entries: dict[str, Entry]
    preflights: dict[str, Entry]
    """By the method asked for; only of routes that answer other origins."""
    allow: bytes


class _Node:
    """A segment; `within` holds those below it by their literal."""

    __slots__ = ("entries", "parameter", "place", "within")

    def __init__(self) -> None:
        self.within: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.entries: dict[str, Entry] = {}
        self.place: Place | None = None


class Table:
    """Answers whose a path is, under whatever host: `gateway.hosts` says which of them answers it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Raises RouteTaken."""
        self._root = _Node()
        self._literal: dict[str, Place] = {}
        self._spelled: dict[bytes, Place] = {}
        self.entries: list[Entry] = []
        for entry in entries:
            self._add(entry)
        self._finish(self._root, "")

    def find(self, raw: bytes) -> Place | None:
        """The place of a raw path. Raises chassis.wire.paths.PathRefused for one that two readers may read in two ways.

        Segments are cut at raw slashes and compared decoded, exactly as the service will see them: neither `%2F` nor
        an encoded letter reaches another route there than here.
        """
        place = self._spelled.get(raw)
        if place is not None:
            return place
        path = paths.decode(raw)
        place = self._literal.get(path)
        return place if place is not None else _walk(self._root, path.split("/"), 1)

    def rates(self) -> set[str]:
        """The rate classes that are used."""
        return {entry.route.rate for entry in self.entries} | {PREFLIGHT_CLASS}

    def _add(self, entry: Entry) -> None:
        node = self._root
        for segment in _segments(entry.route.path):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.within.setdefault(segment, _Node())
        taken = node.entries.setdefault(entry.route.method, entry)
        if taken is not entry:
            raise RouteTaken(f"{taken.service} has {taken.title}, {entry.service} wants {entry.title}")
        self.entries.append(entry)

    def _finish(self, node: _Node, path: str | None) -> None:
        """Makes the places; `path` is None below a parameter."""
        if node.entries:
            node.place = _place(node.entries)
            if path is not None:
                self._literal[path or "/"] = self._spelled[(path or "/").encode()] = node.place
        for segment, below in node.within.items():
            self._finish(below, None if path is None else f"{path}/{segment}")
        if node.parameter is not None:
            self._finish(node.parameter, None)


def _walk(node: _Node, segments: list[str], index: int) -> Place | None:
    """Goes back to the parameter where the literal leads nowhere; templates are few and short."""
    if index == len(segments):
        return node.place
    segment = segments[index]
    below = node.within.get(segment)
    if below is not None:
        found = _walk(below, segments, index + 1)
        if found is not None:
            return found
    return _walk(node.parameter, segments, index + 1) if node.parameter is not None and segment else None


def _segments(template: str) -> list[str]:
    return [] if template == "/" else template.removeprefix("/").split("/")


def _place(entries: dict[str, Entry]) -> Place:
    served = dict(entries)
    if "GET" in served:
        served.setdefault("HEAD", served["GET"])
    methods = sorted({*served, "OPTIONS"})
    preflights = {method: _preflight(found) for method, found in served.items() if found.route.cors}
    return Place(served, preflights, ", ".join(methods).encode())


def _preflight(asked: Entry) -> Entry:
    route = msgspec.structs.replace(
        asked.route, method="OPTIONS", credentials=("none",), rate=PREFLIGHT_CLASS, body_limit=0, cached=False
    )
    return entry(asked.service, route)


def entry(service: str, route: Route, local: Local | None = None) -> Entry:
    labels = {"http.request.method": route.method, "http.route": route.path, "owner": service}
    resolves = "own" not in route.credentials and any(kind != "none" for kind in route.credentials)
    return Entry(service, route, labels, f"{route.method} {route.path}", resolves, local)


def read(folder: Path) -> list[RouteTable]:
    """Every `<service>/routes.json` below `folder`. Raises msgspec.ValidationError."""
    files = sorted(folder.glob("*/routes.json"))
    return [msgspec.json.decode(file.read_bytes(), type=RouteTable) for file in files]


def compiled(tables: Iterable[RouteTable], own: Iterable[Entry] = ()) -> Table:
    """One table of all services' routes and the gateway's own. Raises RouteTaken."""
    return Table([*own, *(entry(table.service, route) for table in tables for route in table.routes)])
