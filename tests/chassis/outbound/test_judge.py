"""Which addresses and names nobody may make us call."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.outbound import judge

# Written down a second time on purpose, from delivery.md section 6: an independent judgement.
SPEC_V4 = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "0.0.0.0/8",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
]
SPEC_V6 = [
    "::/128",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "64:ff9b:1::/48",
]
METADATA = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "192.0.1.0", "198.20.0.0", "223.255.255.255", "172.32.0.0"]


def _in_spec(address: IPv4Address) -> bool:
    return any(address in ip_network(network) for network in SPEC_V4)


@pytest.mark.parametrize("network", SPEC_V4 + SPEC_V6)
def test_blocks_both_ends_of_every_listed_range(network: str) -> None:
    """Each range of the specification is refused from its first address to its last."""
    listed = ip_network(network)
    assert judge.address(listed[0]) is not None
    assert judge.address(listed[-1]) is not None


@pytest.mark.parametrize("text", METADATA)
def test_blocks_metadata_addresses(text: str) -> None:
    """What cloud hosts tell their own machines is not told to others through us."""
    assert judge.address(judge.read(text)) is not None


@pytest.mark.parametrize("text", [*PUBLIC, "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_lets_public_addresses_pass(text: str) -> None:
    """The neighbours of blocked ranges and well-known public hosts stay reachable."""
    assert judge.address(judge.read(text)) is None


@given(st.ip_addresses(v=4).map(str).map(IPv4Address))
def test_v4_agrees_with_the_specification(address: IPv4Address) -> None:
    """An IPv4 address is refused exactly when the specification lists it."""
    assert _in_spec(address) == (judge.address(address) is not None)


@given(st.ip_addresses())
def test_nothing_passes_that_the_registry_calls_special(address: judge.Address) -> None:
    """Whatever passes is global by the IANA registry as Python's library has it, or embeds only such addresses."""
    if judge.address(address) is None:
        inner = judge.embedded(address) if isinstance(address, IPv6Address) else ()
        for one in inner or (address,):
            assert one.is_global
            assert not one.is_multicast


@given(st.integers(0, 2**32 - 1))
@example(int(IPv4Address("169.254.169.254")))
@example(int(IPv4Address("1.1.1.1")))
def test_judges_every_embedded_address(bits: int) -> None:
    """Mapped, compatible, translated, NAT64 and 6to4 forms of a blocked IPv4 address are blocked; Teredo always is."""
    expected = _in_spec(IPv4Address(bits))
    base = (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96)
    for prefix in base:
        assert expected == (judge.address(IPv6Address(prefix | bits)) is not None)
    assert expected == (judge.address(IPv6Address(0x2002 << 112 | bits << 80)) is not None)
    assert judge.address(IPv6Address(0x20010000 << 96 | bits << 64 | bits ^ 0xFFFFFFFF)) is not None


@given(st.ip_addresses(v=4), st.sampled_from(["dotted", "decimal", "hex", "octal", "short", "mixed"]))
def test_every_notation_is_a_literal(address: IPv4Address, notation: str) -> None:
    """No way of writing an IPv4 address that some resolver understands passes as a name."""
    a, b, c, d = address.packed
    text = {
        "dotted": str(address),
        "decimal": str(int(address)),
        "hex": hex(int(address)),
        "octal": ".".join(f"0{part:o}" for part in (a, b, c, d)),
        "short": f"{a}.{b << 16 | c << 8 | d}",
        "mixed": f"0x{a:X}.0{b:o}.{c << 8 | d}",
    }[notation]
    assert judge.host(text) == "IP literal"


@pytest.mark.parametrize(
    "name",
    ["localhost", "a.localhost", "printer.local", "metadata.google.internal", "nas.home.arpa", "intranet", "::1"],
)
def test_blocks_internal_names(name: str) -> None:
    """Names that mean something only inside a network are refused unresolved."""
    assert judge.host(name) is not None


@pytest.mark.parametrize("name", ["id.example.com", "example.com"])
def test_blocks_own_domains(name: str) -> None:
    """Nobody makes us call ourselves."""
    assert judge.host(name, ("example.com",)) == "own domain"
    assert judge.host("notexample.com", ("example.com",)) is None
