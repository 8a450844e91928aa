"""A name server on loopback whose answers a test decides, also from one query to the next."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class Names(asyncio.DatagramProtocol):
    """Unknown names do not exist; every answer has a TTL of 0."""

    def __init__(self) -> None:
        self.address = ""
        self.queries: list[tuple[str, str]] = []
        self._zone: dict[str, list[Sequence[str]]] = {}
        self._failing: dict[str, dns.rcode.Rcode | None] = {}
        self._asked: dict[tuple[str, str], int] = {}

    def set(self, name: str, *rounds: Sequence[str]) -> None:
        """The addresses of `name`; with several rounds each query takes the next, and the last one stays."""
        self._zone[name] = list(rounds)
        self._asked = {key: count for key, count in self._asked.items() if key[0] != name}

    def fail(self, name: str, rcode: dns.rcode.Rcode | None) -> None:
        """Answers with `rcode`, or not at all."""
        self._failing[name] = rcode

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self.answer(dns.message.from_wire(data))) is not None:
            self._transport.sendto(answer.to_wire(), addr)

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """What is said to `query`; None says nothing."""
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.queries.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self._failing:
            rcode = self._failing[name]
            if rcode is None:
                return None
            answer.set_rcode(rcode)
        else:
            self.fill(answer, name, kind)
        return answer

    def fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        """Adds what the zone knows of `name`."""
        if name not in self._zone:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            return
        addresses = [a for a in self._round(name, kind) if (":" in a) == (kind == "AAAA")]
        if addresses and kind in ("A", "AAAA"):
            answer.answer.append(dns.rrset.from_text(answer.question[0].name, 0, "IN", kind, *addresses))

    def _round(self, name: str, kind: str) -> Sequence[str]:
        rounds = self._zone[name]
        asked = self._asked.get((name, kind), 0)
        self._asked[name, kind] = asked + 1
        return rounds[min(asked, len(rounds) - 1)]


@asynccontextmanager
async def name_server() -> AsyncIterator[Names]:
    loop = asyncio.get_running_loop()
    transport, names = await loop.create_datagram_endpoint(Names, ("127.0.0.1", 0))
    try:
        yield names
    finally:
        transport.close()
