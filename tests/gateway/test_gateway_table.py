"""The table: one owner per route, literals before parameters, and what it answers by itself."""

import pytest

from chassis.wire.paths import PathRefused
from contracts.routes import Route, RouteTable
from gateway import table
from gateway.table import RouteTaken, Table


def a_route(method: str, path: str, rate: str = "api") -> Route:
    return Route(method=method, path=path, face="first", credentials=("none",), rate=rate)


def a_table(**services: list[Route]) -> Table:
    return table.compiled([RouteTable(service=name, routes=routes) for name, routes in services.items()])


def owner(found: Table, path: bytes, method: str = "GET") -> str | None:
    place = found.find(path)
    return None if place is None or method not in place.entries else place.entries[method].service


def test_a_literal_beats_a_parameter_across_services() -> None:
    """The more exact template wins, whoever owns it; where its branch ends, the parameter is taken after all."""
    found = a_table(
        a=[a_route("GET", "/apps/{id}"), a_route("GET", "/apps/{id}/roles")],
        b=[a_route("GET", "/apps/mine"), a_route("GET", "/apps/{id}/health")],
    )
    paths = [b"/apps/7", b"/apps/mine", b"/apps/mine/roles", b"/apps/7/health", b"/apps", b"/apps/7/other"]
    assert ["a", "b", "a", "b", None, None] == [owner(found, path) for path in paths]


def test_a_parameter_is_never_empty() -> None:
    """`/apps/` is not `/apps/{id}`."""
    assert a_table(a=[a_route("GET", "/apps/{id}")]).find(b"/apps/") is None


@pytest.mark.parametrize(
    ("one", "other"), [("/apps", "/apps"), ("/apps/{id}", "/apps/{id}"), ("/apps/{id}", "/apps/{key}")]
)
def test_two_owners_fail_the_build(one: str, other: str) -> None:
    """The same template twice is refused, a parameter's other name notwithstanding; both owners are named."""
    with pytest.raises(RouteTaken, match=r"a has GET .*, b wants GET"):
        a_table(a=[a_route("GET", one)], b=[a_route("GET", other)])


def test_two_services_may_share_a_path_by_method() -> None:
    """Each method of a path has its own owner, and Allow names them all."""
    found = a_table(a=[a_route("GET", "/apps/{id}")], b=[a_route("DELETE", "/apps/{key}")])
    place = found.find(b"/apps/1")
    assert place is not None
    assert (b"DELETE, GET, HEAD, OPTIONS", "a", "b") == (
        place.allow,
        place.entries["HEAD"].service,
        place.entries["DELETE"].service,
    )


def test_segments_are_compared_decoded() -> None:
    """An encoded letter is the letter; an encoded slash is part of its segment; `%252F` stays apart from both."""
    found = a_table(a=[a_route("GET", "/apps/mine")], b=[a_route("GET", "/apps/{id}")])
    paths = [b"/%61pps/m%69ne", b"/apps/mine%2Froles", b"/apps%2Fmine", b"/apps/%6D%69ne"]
    assert ["a", "b", None, "a"] == [owner(found, path) for path in paths]


@pytest.mark.parametrize("path", [b"/a//b", b"/a/./b", b"/a/%2E%2E/b", b"/a%5cb", b"/a%00", b"a", b"*"])
def test_ambiguous_paths_are_refused(path: bytes) -> None:
    """The table reads no path that another reader might read in another way."""
    with pytest.raises(PathRefused):
        a_table(a=[a_route("GET", "/a")]).find(path)


def test_the_root_is_a_path() -> None:
    """`/` can have an owner."""
    assert "a" == owner(a_table(a=[a_route("GET", "/")]), b"/")
