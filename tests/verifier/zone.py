"""A name server on loopback that knows TXT records and aliases too, over UDP and TCP."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.chassis.outbound.names import Names
from tests.verifier.name_port import NameServer, listen

UDP_BYTES = 512
NEGATIVE_TTL = 300


class Zone(Names, NameServer):
    """Strings of one record stand in one sequence; a name may fail like a zone whose signatures do not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.by_tcp = 0
        self._txt: dict[str, list[Sequence[str]]] = {}
        self._aliases: dict[str, str] = {}
        self._bogus: set[str] = set()

    def txt(self, name: str, *records: str | Sequence[str]) -> None:
        """The TXT records of `name`; without any the name exists and has none."""
        self._txt[name] = [[record] if isinstance(record, str) else record for record in records]

    def alias(self, name: str, to: str) -> None:
        self._aliases[name] = to

    def bogus(self, name: str) -> None:
        self._bogus.add(name)

    def fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        if name in self._bogus:
            answer.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS)])
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif kind == "TXT":
            self._fill_txt(answer, name)
        else:
            super().fill(answer, name, kind)

    def _fill_txt(self, answer: dns.message.Message, name: str) -> None:
        while (to := self._aliases.get(name)) is not None:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 0, "IN", "CNAME", f"{to}."))
            name = to
        records = [" ".join(f'"{_escaped(text)}"' for text in record) for record in self._txt.get(name, [])]
        if records:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 0, "IN", "TXT", *records))
            return
        if name not in self._txt:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        soa = f"ns.example. hostmaster.example. 1 7200 900 1209600 {NEGATIVE_TTL}"
        answer.authority.append(dns.rrset.from_text("example.", 3600, "IN", "SOA", soa))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self.answer(dns.message.from_wire(data))) is None:
            return
        try:
            wire = answer.to_wire(max_size=UDP_BYTES)
        except dns.exception.TooBig:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
            wire = answer.to_wire()
        self._transport.sendto(wire, addr)

    def close(self) -> None:
        self._transport.close()

    async def tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        answer = self.answer(dns.message.from_wire(await reader.readexactly(length)))
        self.by_tcp += 1
        if answer is not None:
            wire = answer.to_wire(max_size=65535)
            writer.write(struct.pack("!H", len(wire)) + wire)
            await writer.drain()
        writer.close()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@asynccontextmanager
async def a_zone() -> AsyncIterator[Zone]:
    zone = Zone()
    listener = await listen(zone)
    try:
        yield zone
    finally:
        listener.close()
        zone.close()
