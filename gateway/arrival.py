"""Where a request comes from: the peer, or what the operator's own proxies say of it."""

import functools
import ipaddress
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from gateway.refusals import HeadersAmbiguous
from gateway.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*("[^"]*"|[^\s",;]*)\s*')


class Arrival(NamedTuple):
    """What the frame tells of the outside; `trusted` says that a proxy of the operator's handed it on."""

    client: str
    scheme: str
    host: str
    trusted: bool


class Arrivals:
    """Judges arrivals by the list of trusted proxies; only the one family of headers that those write is read."""

    def __init__(self, trusted: Iterable[Network], family: Literal["x-forwarded", "forwarded"]) -> None:
        self._trusted = tuple(trusted)
        self._standard = family == "forwarded"
        self._trusts = functools.lru_cache(4096)(self._judge)

    def of(self, peer: str, scheme: str, headers: list[tuple[bytes, bytes]]) -> Arrival:
        """Raises HeadersAmbiguous without exactly one well-formed Host."""
        host = _one_host(headers)
        if not self._trusted or not self._trusts(peer):
            return Arrival(plain(peer), scheme, host, trusted=False)
        hops, proto, forwarded_host = self._forwarded(headers) if self._standard else self._x_forwarded(headers)
        if proto in ("http", "https"):
            scheme = proto
        if forwarded_host and _HOST.fullmatch(forwarded_host):
            host = forwarded_host
        return Arrival(self._nearest_stranger(hops, peer), scheme, host, trusted=True)

    def _nearest_stranger(self, hops: list[str], peer: str) -> str:
        """From the right: what stands left of the first address that is no proxy of ours may be invented."""
        nearest = peer
        for hop in reversed(hops):
            if parsed(hop) is None:
                break
            nearest = hop
            if not self._trusts(hop):
                break
        return plain(nearest)

    def _x_forwarded(self, headers: list[tuple[bytes, bytes]]) -> tuple[list[str], str, str]:
        hops = _listed(headers, b"x-forwarded-for")
        proto, host = _listed(headers, b"x-forwarded-proto"), _listed(headers, b"x-forwarded-host")
        return [_bare(hop) for hop in hops], proto[-1].lower() if proto else "", host[-1] if host else ""

    def _forwarded(self, headers: list[tuple[bytes, bytes]]) -> tuple[list[str], str, str]:
        """RFC 7239: one element per proxy, the last written by the one that speaks to us."""
        elements = [
            {name.lower(): value.strip('"') for name, value in _PAIR.findall(element)}
            for element in _listed(headers, b"forwarded")
        ]
        last = elements[-1] if elements else {}
        return [_bare(element.get("for", "")) for element in elements], last.get("proto", ""), last.get("host", "")

    def _judge(self, address: str) -> bool:
        found = parsed(address)
        return found is not None and any(found in network for network in self._trusted)


@functools.lru_cache(8192)
def parsed(text: str) -> Address | None:
    """An address; one of IPv4 that is mapped into IPv6 counts as what it is."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


@functools.lru_cache(8192)
def plain(text: str) -> str:
    """The address in its one normal spelling."""
    found = parsed(text)
    return text if found is None else str(found)


@functools.lru_cache(8192)
def counted(client: str) -> str:
    """What a limit by address counts: a household of IPv6 has a /64 and may speak from any address in it."""
    found = parsed(client)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
    return client


def _one_host(headers: list[tuple[bytes, bytes]]) -> str:
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        raise HeadersAmbiguous("A request names exactly one Host (RFC 9112 section 3.2).")
    host = hosts[0].decode("latin-1")
    if _HOST.fullmatch(host) is None:
        raise HeadersAmbiguous("The Host header is malformed.")
    return host


def _listed(headers: list[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [part.strip() for name, value in headers if name == wanted for part in value.decode("latin-1").split(",")]


def _bare(hop: str) -> str:
    """An address without port and brackets."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
