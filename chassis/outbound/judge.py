"""Which hosts and addresses are nobody's to call: pure rules, no I/O (delivery.md section 6)."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

BLOCKED_V4 = {
    IPv4Network(network): name
    for network, name in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "cloud platform",
        "169.254.0.0/16": "link-local and metadata",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "protocol assignments",
        "192.0.2.0/24": "documentation",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved and broadcast",
    }.items()
}
"""The IANA special-purpose registry for IPv4, and a platform address that cloud hosts answer on."""

BLOCKED_V6 = {
    IPv6Network(network): name
    for network, name in {
        "2001::/23": "protocol assignments",
        "2001:db8::/32": "documentation",
        "3fff::/20": "documentation",
    }.items()
}
"""What is special inside 2000::/3; outside of it everything is refused, known or not."""

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""The only space from which public IPv6 addresses are given out (RFC 4291 section 2.4)."""

EMBEDDING = (
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291 section 2.5.5.1
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped, RFC 4291 section 2.5.5.2
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 2765
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
)
"""Prefixes whose last 32 bits are an IPv4 address, which is what the packet reaches in the end."""

SIX_TO_FOUR = IPv6Network("2002::/16")
TEREDO = IPv6Network("2001::/32")

BLOCKED_SUFFIXES = ("localhost", "local", "internal", "home.arpa")
"""Names that mean something only inside a network (RFC 6761, 6762, 8375); the metadata names are among them."""

_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


def address(candidate: Address) -> str | None:
    """The name of the blocked range that `candidate` is in or leads to, None where it is public."""
    if isinstance(candidate, IPv4Address):
        return next((name for network, name in BLOCKED_V4.items() if candidate in network), None)
    if candidate.scope_id is not None:
        return "scoped"
    inner = embedded(candidate)
    for one in inner:
        if (name := address(one)) is not None:
            return f"{name}, embedded in IPv6"
    if inner and candidate not in GLOBAL_UNICAST:
        return None
    if candidate not in GLOBAL_UNICAST:
        return "not global unicast"
    return next((name for network, name in BLOCKED_V6.items() if candidate in network), None)


def embedded(candidate: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses inside `candidate`; Teredo holds two (RFC 4380 section 4)."""
    bits = int(candidate)
    if any(candidate in network for network in EMBEDDING):
        return (IPv4Address(bits & 0xFFFFFFFF),)
    if candidate in SIX_TO_FOUR:
        return (IPv4Address(bits >> 80 & 0xFFFFFFFF),)
    if candidate in TEREDO:
        return (IPv4Address(bits >> 64 & 0xFFFFFFFF), IPv4Address(~bits & 0xFFFFFFFF))
    return ()


def host(name: str, own_domains: tuple[str, ...] = ()) -> str | None:
    """Why `name`, in lower-case A-labels without a trailing dot, is refused unresolved; None where it is not."""
    if literal(name):
        return "IP literal"
    if "." not in name and name != "localhost":
        return "single label"
    if any(within(name, suffix) for suffix in BLOCKED_SUFFIXES):
        return "internal name"
    if any(within(name, domain) for domain in own_domains):
        return "own domain"
    return None


def within(name: str, domain: str) -> bool:
    return name == domain or name.endswith("." + domain)


def literal(name: str) -> bool:
    """Whether some resolver may read `name` as an address: dotted, short, decimal, octal, hex, bracketed.

    A name whose last label is a number is never in the DNS, so the notations need not be told apart
    (WHATWG URL, "ends in a number").
    """
    if ":" in name or "[" in name:
        return True
    return _NUMERIC_LABEL.fullmatch(name.removesuffix(".").rpartition(".")[2]) is not None


def read(text: str) -> Address:
    """An address as a DNS answer or a setting writes it. Raises ValueError."""
    return ip_address(text)
