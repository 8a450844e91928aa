"""Where a request comes from: only the operator's own proxies are believed, and only what they wrote themselves."""

import ipaddress

import pytest

from gateway.arrival import Arrival, Arrivals, counted

TRUSTED = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
HOST = (b"host", b"logi.test")


def arrival(peer: str, *headers: tuple[bytes, bytes], standard: bool = False) -> Arrival:
    return Arrivals(TRUSTED, "forwarded" if standard else "x-forwarded").of(peer, "http", [HOST, *headers])


def test_a_stranger_speaks_for_nobody() -> None:
    """From an address that is no proxy of ours every forwarding header is noise."""
    came = arrival("192.0.2.1", (b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-proto", b"https"))
    assert Arrival("192.0.2.1", "http", "logi.test", trusted=False) == came


def test_the_nearest_stranger_is_the_client() -> None:
    """Addresses left of the first one that is not ours may be invented by whoever stands there."""
    came = arrival(
        "10.0.0.1", (b"x-forwarded-for", b"6.6.6.6, 198.51.100.1, 10.9.9.9"), (b"x-forwarded-proto", b"https")
    )
    assert ("198.51.100.1", "https") == (came.client, came.scheme)


def test_repeated_headers_are_one_list() -> None:
    """A proxy may append a header of its own instead of a value."""
    came = arrival("10.0.0.1", (b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1"))
    assert "198.51.100.1" == came.client


def test_garbage_ends_the_walk() -> None:
    """What is no address is not passed over: the proxy that wrote it is the last that is known."""
    assert "10.9.9.9" == arrival("10.0.0.1", (b"x-forwarded-for", b"6.6.6.6, unknown, 10.9.9.9")).client


def test_only_the_family_of_the_setting_is_read() -> None:
    """A proxy that writes X-Forwarded-* hands a caller's own Forwarded through, and the other way round."""
    both = ((b"forwarded", b"for=6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1"))
    assert "198.51.100.1" == arrival("10.0.0.1", *both).client
    assert "6.6.6.6" == arrival("10.0.0.1", *both, standard=True).client


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'for=192.0.2.60;proto=https;host="id.example"', ("192.0.2.60", "https", "id.example")),
        (b'for="[2001:db8::17]:4711"', ("2001:db8::17", "http", "logi.test")),
        (b"for=6.6.6.6, for=198.51.100.2:80;proto=ftp", ("198.51.100.2", "http", "logi.test")),
        (b"for=198.51.100.2;host=a/b", ("198.51.100.2", "http", "logi.test")),
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(value: bytes, expected: tuple[str, str, str]) -> None:
    """Quoted values, ports and brackets; what is no scheme or host is left out."""
    came = arrival("fd00::1", (b"forwarded", value), standard=True)
    assert expected == (came.client, came.scheme, came.host)


def test_one_household_of_ipv6_counts_once() -> None:
    """A limit by address counts a /64, and an IPv4 address mapped into IPv6 as what it is."""
    assert counted("2001:db8::1") == counted("2001:db8::ffff:1") != counted("2001:db8:0:1::1")
    assert "192.0.2.1" == arrival("::ffff:192.0.2.1").client
