"""The one way out: every request to a server that somebody else named goes through `Outbound` (ADR 9)."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Unpack

from chassis import metrics, trace
from chassis.outbound import dial, url
from chassis.outbound.answer import Answer, Granted, Terms
from chassis.outbound.exchange import Exchange, Question
from chassis.outbound.failures import OutboundFailed, RedirectNotFollowed
from chassis.outbound.journey import Journey, journey
from chassis.outbound.policy import Policy
from chassis.outbound.pools import Pools
from chassis.outbound.resolve import Resolver, judge_url

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
OWN_HEADERS = frozenset({"host", "accept-encoding", "traceparent", "connection", "transfer-encoding", "content-length"})
"""These describe the exchange or our choice of it, so no caller sets them."""

REMEMBERED_URLS = 2048
"""Of which it is known that they pass the rules that need no network; their names are resolved and judged each time."""

Headers = Iterable[tuple[str, str]]

_duration = metrics.histogram("outbound.request", "s", "Requests to other people's servers, by outcome.")


class Outbound:
    """A client under one policy; keeps connections until `stop`."""

    def __init__(self, policy: Policy, *, user_agent: str = "logi/1.0") -> None:
        self._policy, self._user_agent = policy, user_agent
        # The rules of a URL are pure, and the same few URLs are asked for again and again.
        self._target = lru_cache(REMEMBERED_URLS)(partial(url.parse, policy=policy))
        self._resolver = Resolver(policy)
        self._pools = Pools(dial.tls_context(policy.extra_ca))

    async def start(self) -> None:
        """Nothing to wait for: other people's servers are no part of our readiness."""

    async def ping(self) -> None:
        """Always well, for the same reason."""

    async def stop(self) -> None:
        await self._pools.close()
        await self._resolver.stop()

    async def judge(self, address: str) -> None:
        """Checks a URL as it is saved, by the rules of a request, resolution included. Raises OutboundFailed."""
        await judge_url(address, self._policy, self._resolver)

    async def fetch(
        self, method: str, address: str, headers: Headers = (), body: bytes = b"", **terms: Unpack[Terms]
    ) -> Answer:
        """One request and its answer, whatever its status but a redirect that may not be followed.

        Raises OutboundFailed, whose `reason` is stable.
        """
        began = asyncio.get_running_loop().time()
        outcome = "answered"
        with trace.span("outbound.request", kind="client", attributes={"http.request.method": method}) as span:
            try:
                question = Question(method, self._target(address), self._headers(headers), body)
                span.attribute("server.address", question.target.host)
                answer = await self._within(span, question, Granted(**terms))
                span.attribute("http.response.status_code", answer.status)
            except OutboundFailed as failure:
                outcome = failure.reason
                span.attribute("error.type", failure.reason)
                raise
            finally:
                _duration.record(asyncio.get_running_loop().time() - began, {"outcome": outcome})
        return answer

    async def _within(self, span: trace.span, question: Question, terms: Granted) -> Answer:
        current = Journey(0)
        token = journey.set(current)
        try:
            async with asyncio.timeout(terms.total_timeout.total_seconds()):
                return await self._follow(question, terms)
        except TimeoutError:
            raise journey.get().out_of_time() from None
        finally:
            # Of the last hop, however far it came: a failed probe says where its time went as well.
            for step, seconds in journey.get().steps().items():
                span.attribute(f"outbound.{step}_seconds", seconds)
            journey.reset(token)

    async def _follow(self, question: Question, terms: Granted) -> Answer:
        exchange = Exchange(self._policy, self._resolver, self._pools, terms)
        answer = await exchange.ask(question)
        for _ in range(terms.follow):
            location = answer.header("location")
            if answer.status not in REDIRECTS or location is None:
                break
            question = redirected(question, answer.status, url.join(question.target, location, self._policy))
            answer = await exchange.ask(question)
        if answer.status in REDIRECTS:
            raise RedirectNotFollowed(answer.status)
        return answer

    def _headers(self, given: Headers) -> tuple[tuple[str, str], ...]:
        kept = tuple(pair for pair in given if pair[0].lower() not in OWN_HEADERS)
        if not any(name.lower() == "user-agent" for name, _ in kept):
            kept = (*kept, ("User-Agent", self._user_agent))
        return (*kept, ("Accept-Encoding", "identity"))


def redirected(question: Question, status: int, target: url.Target) -> Question:
    """The question for the next hop (RFC 9110 section 15.4); credentials stay with the origin they were for."""
    headers = question.headers
    if (target.scheme, target.authority) != (question.target.scheme, question.target.authority):
        headers = tuple(pair for pair in headers if pair[0].lower() not in PRIVATE_HEADERS)
    if status in (301, 302, 303) and question.method not in ("GET", "HEAD"):
        headers = tuple(pair for pair in headers if not pair[0].lower().startswith("content-"))
        return Question("GET", target, headers, b"")
    return Question(question.method, target, headers, question.body)
