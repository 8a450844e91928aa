"""One hop: resolve, judge, dial, ask, and read no more than was granted."""

import asyncio
from functools import lru_cache

import aiohttp
import msgspec
from yarl import URL

from chassis import trace
from chassis.outbound import judge, url
from chassis.outbound.answer import Answer, Granted
from chassis.outbound.failures import BadResponse, ConnectFailed, ConnectionReset, ConnectTimeout, TooLarge
from chassis.outbound.journey import Journey, journey
from chassis.outbound.policy import Policy
from chassis.outbound.pools import Pools
from chassis.outbound.resolve import Resolver

MAX_HEADERS = 100
REMEMBERED_URLS = 2048


class Question(msgspec.Struct, frozen=True):
    """One request as it is sent; `headers` holds neither `Host` nor what the client sets itself."""

    method: str
    target: url.Target
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Exchange:
    """Puts questions under one caller's terms."""

    def __init__(self, policy: Policy, resolver: Resolver, pools: Pools, terms: Granted) -> None:
        self._policy, self._resolver, self._pools, self._terms = policy, resolver, pools, terms

    async def ask(self, question: Question) -> Answer:
        """The answer of the first address that can be dialled. Raises OutboundFailed."""
        loop = asyncio.get_running_loop()
        current = Journey(loop.time())
        journey.set(current)
        with trace.span("outbound.resolve"):
            addresses = await self._resolver.judged(question.target)
        current.resolved = loop.time()
        # Half of the time for each of two, so that a dead one cannot spend the time of the other.
        patience = self._terms.connect_timeout.total_seconds() / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._attempt(question, address, patience)
            except (ConnectFailed, ConnectTimeout):
                continue
        return await self._attempt(question, addresses[-1], patience)

    async def _attempt(self, question: Question, address: judge.Address, patience: float) -> Answer:
        target = question.target
        port = self._policy.port_map.get(target.port, target.port)
        try:
            async with (
                self._pools.lease(self._terms.owner) as session,
                session.request(
                    question.method,
                    _literal(target, address, port),
                    headers=[*self._headers(question), ("Host", target.authority)],
                    data=question.body or None,
                    server_hostname=target.host,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience),
                ) as response,
            ):
                return await self._read(response, address)
        except aiohttp.ClientPayloadError as error:
            raise ConnectionReset("the body ended early") from error
        except aiohttp.ClientResponseError as error:
            raise BadResponse(error.message) from error
        except (aiohttp.ClientConnectionError, ConnectionError) as error:
            raise ConnectionReset(str(error)) from error

    def _headers(self, question: Question) -> tuple[tuple[str, str], ...]:
        if self._terms.propagate and (parent := trace.traceparent()) is not None:
            return (*question.headers, ("traceparent", parent))
        return question.headers

    async def _read(self, response: aiohttp.ClientResponse, address: judge.Address) -> Answer:
        if response.status < 200:
            raise BadResponse(f"unasked status {response.status}")
        if len(response.raw_headers) > MAX_HEADERS:
            raise TooLarge(f"more than {MAX_HEADERS} headers")
        body, truncated = bytearray(), False
        while not truncated and (chunk := await response.content.readany()):
            body += chunk
            truncated = len(body) > self._terms.max_body
        if truncated:
            response.close()
        current, now = journey.get(), asyncio.get_running_loop().time()
        current.trace_first_byte(now)
        return Answer(
            status=response.status,
            headers=tuple(
                (name.lower().decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers
            ),
            body=bytes(body[: self._terms.max_body]),
            truncated=truncated,
            timings=current.timings(now),
            address=str(address),
            certificate_expires=current.certificate_expires,
        )


@lru_cache(REMEMBERED_URLS)
def _literal(target: url.Target, address: judge.Address, port: int) -> URL:
    """Where aiohttp is sent: the judged address in the place of the name."""
    host = f"[{address}]" if address.version == 6 else str(address)
    return URL(f"{target.scheme}://{host}:{port}{target.path}", encoded=True)
