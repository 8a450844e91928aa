"""A name server that answers with bytes of a test's choice, over UDP and TCP, and builders of hostile answers."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from hypothesis import strategies as st

from tests.verifier.name_port import NameServer, listen

Say = Callable[[bytes], bytes | None]
"""What is said to a query, both as they go over the wire."""


class Liar(NameServer):
    """Says what `say` says."""

    def __init__(self) -> None:
        self.address = ""
        self.say: Say = lambda _: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self.say(data)) is not None:
            self._transport.sendto(answer[:65_000], addr)

    def close(self) -> None:
        self._transport.close()

    async def tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            if (answer := self.say(await reader.readexactly(length))) is not None:
                writer.write(struct.pack("!H", len(answer[:65_535])) + answer[:65_535])
                await writer.drain()
        writer.close()


@asynccontextmanager
async def a_liar() -> AsyncIterator[Liar]:
    liar = Liar()
    listener = await listen(liar)
    try:
        yield liar
    finally:
        liar.close()
        listener.close()
        await listener.wait_closed()


names = st.sampled_from(["_logi-verify.rp.example.", "rp.example.", "a.example.", "b.example.", "."])
strings = st.lists(st.binary(max_size=255), min_size=1, max_size=4)
octets = st.binary(max_size=64)


@st.composite
def records(draw: st.DrawFn) -> dns.rrset.RRset:
    """TXT with any bytes, aliases that may lead in circles, a SOA, or something of another type altogether."""
    owner = dns.name.from_text(draw(names))
    kind = draw(st.sampled_from(["TXT", "CNAME", "SOA", "A", "raw"]))
    ttl = draw(st.integers(0, 2**31 - 1))
    if kind == "raw":
        rdtype = draw(st.sampled_from([dns.rdatatype.TXT, dns.rdatatype.SPF, dns.rdatatype.RdataType(65280)]))
        rdata: dns.rdata.Rdata = dns.rdata.GenericRdata(dns.rdataclass.IN, rdtype, draw(octets))
        rrset = dns.rrset.RRset(owner, dns.rdataclass.IN, rdtype)
        rrset.add(rdata, ttl)
        return rrset
    text = {
        "TXT": lambda: " ".join(f'"{_escaped(string)}"' for string in draw(strings)),
        "CNAME": lambda: draw(names),
        "SOA": lambda: f"ns. host. 1 2 3 4 {draw(st.integers(0, 2**31 - 1))}",
        "A": lambda: "10.0.0.1",
    }[kind]()
    return dns.rrset.from_text(owner, ttl, "IN", kind, text)


@st.composite
def answers(draw: st.DrawFn) -> Say:
    """A well-made answer of hostile parts, then perhaps cut off or with some of its bytes turned."""
    answer, authority = draw(st.lists(records(), max_size=12)), draw(st.lists(records(), max_size=3))
    rcode, flags = draw(st.integers(0, 15)), draw(st.integers(0, 0xFFFF))
    extended = draw(st.none() | st.integers(0, 40))
    cut, turned = (
        draw(st.none() | st.integers(0, 200)),
        draw(st.lists(st.tuples(st.integers(0, 400), octets), max_size=3)),
    )
    same_id = draw(st.integers(0, 9)) > 0

    def say(query: bytes) -> bytes | None:
        made = dns.message.make_response(dns.message.from_wire(query))
        made.flags = dns.flags.Flag(flags | dns.flags.QR) if same_id else dns.flags.Flag(flags)
        made.set_rcode(dns.rcode.Rcode(rcode))
        made.answer, made.authority = list(answer), list(authority)
        if extended is not None:
            made.use_edns(0, options=[dns.edns.EDEOption(extended)])
        if not same_id:
            made.id ^= 1
        try:
            wire = bytearray(made.to_wire(max_size=65_535))
        except (dns.exception.DNSException, ValueError):
            return b"\x00" * 12
        for place, piece in turned:
            wire[12 + place : 12 + place + len(piece)] = piece
        return bytes(wire[:cut] if cut is not None else wire)

    return say


def _escaped(string: bytes) -> str:
    return "".join(f"\\{octet:03d}" for octet in string)
