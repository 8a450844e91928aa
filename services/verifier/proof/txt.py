"""Looks up TXT records, and tells the ways of not finding any apart (verifier.md A4 step 3)."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import dns.asyncresolver
import dns.edns
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import msgspec
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.txtbase import TXTBase

TRY_SECONDS = 1.0
TOTAL_SECONDS = 5.0
MAX_NAME = 253
"""Octets of a name in text (RFC 1035 section 2.3.4)."""
MAX_RECORDS = 20
MAX_HOPS = 8
UDP_BYTES = 1232
"""What passes every path unfragmented; a longer answer comes by TCP."""

BOGUS = range(6, 13)
"""Extended errors by which a validating resolver says that a signature does not hold (RFC 8914 section 4)."""

_WHITESPACE = " \t\r\n\v\f"


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """What a name holds; `reason` where there is nothing to read."""

    values: tuple[str, ...] = ()
    reason: str | None = None
    negative_ttl: int | None = None
    """Seconds for which resolvers may remember that there is nothing (RFC 2308 section 5)."""


class Names:
    """Asks the operator's resolvers, or the system's where `nameservers` (`host:port`) is empty; remembers nothing."""

    def __init__(self, nameservers: Sequence[str]) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not nameservers)
        if nameservers:
            self._resolver.nameservers = [_nameserver(each) for each in nameservers]
        self._resolver.timeout, self._resolver.lifetime = TRY_SECONDS, TOTAL_SECONDS
        self._resolver.use_edns(0, 0, UDP_BYTES)

    async def txt(self, name: str) -> Records:
        """Never raises for what the network or the zone does."""
        if len(name) > MAX_NAME:
            return Records(reason="dns_name_too_long")
        try:
            answer = await self._resolver.resolve(
                dns.name.from_text(name), dns.rdatatype.TXT, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN as error:
            return Records(reason="dns_nxdomain", negative_ttl=_negative_ttl(*error.kwargs["responses"].values()))
        except dns.resolver.LifetimeTimeout:
            return Records(reason="dns_timeout")
        except dns.resolver.NoNameservers as error:
            return Records(reason="dns_bogus" if _bogus(error) else "dns_servfail")
        except dns.exception.DNSException:
            return Records(reason="dns_servfail")
        return _read(answer)


def _read(answer: dns.resolver.Answer) -> Records:
    if len(answer.chaining_result.cnames) > MAX_HOPS:
        return Records(reason="dns_servfail")
    if answer.rrset is None:
        return Records(reason="dns_no_record", negative_ttl=_negative_ttl(answer.response))
    records = [record for record in answer.rrset if isinstance(record, TXTBase)]
    return Records(values=tuple(_text(record) for record in records[:MAX_RECORDS]))


def _text(record: TXTBase) -> str:
    """The strings of one record are one value; some panels add quotes or blanks of their own."""
    value = b"".join(record.strings).decode("utf-8", "replace").strip(_WHITESPACE)
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value


def _negative_ttl(response: dns.message.Message) -> int | None:
    for rrset in response.authority:
        for record in rrset:
            if isinstance(record, SOA):
                return min(int(rrset.ttl), int(record.minimum))
    return None


def _bogus(error: dns.resolver.NoNameservers) -> bool:
    responses = [tried[4] for tried in error.kwargs["errors"] if tried[4] is not None]
    return any(told.code in BOGUS for response in responses for told in response.extended_errors())


def _nameserver(text: str) -> dns.nameserver.Do53Nameserver:
    try:
        return dns.nameserver.Do53Nameserver(str(ip_address(text)))
    except ValueError:
        parts = urlsplit(f"//{text}")
        return dns.nameserver.Do53Nameserver(parts.hostname or "", parts.port or 53)
