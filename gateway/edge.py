"""The gateway as an ASGI app. A request in nine steps:

1 it gets an id and a trace · 2 its headers are read once, ambiguous ones refused · 3 where it comes from ·
4 the table says whose route it is · 5 who calls · 6 its body, within the route's limit · 7 the rate limits count it ·
8 a document from the shelf, or the owner's reply · 9 the response is finished, sent, and told in one line.
"""

import asyncio
from typing import Any

import structlog

from chassis import log, trace, work
from chassis.problems import Problem
from chassis.wire.frames import Reply
from chassis.wire.paths import PathRefused
from contracts.routes import Face
from gateway import body, compress, credentials, ids, limits, metering, refusal_page, refusals
from gateway.arrival import Arrival, Arrivals
from gateway.body import ClientGone
from gateway.caller import ANONYMOUS, UNASKED, Callers
from gateway.documents import Documents
from gateway.exchange import Exchange
from gateway.forward import Forwarding
from gateway.headers import Pairs, Shown
from gateway.hosts import Hosts
from gateway.limits import UNLIMITED, Limits, Taken
from gateway.protocol import LINK
from gateway.refusals import MethodNotAllowed, PathAmbiguous, RouteUnknown
from gateway.responses import Finish
from gateway.table import Entry, Place, Table

logger = structlog.get_logger()

UNIT = "http.server.request"


class Edge:
    """Everything a request meets."""

    def __init__(  # noqa: PLR0913 - the parts of the edge
        self,
        table: Table,
        *,
        arrivals: Arrivals,
        callers: Callers,
        limits: Limits,
        documents: Documents,
        forwarding: Forwarding,
        issuer: str,
        hosts: Hosts,
    ) -> None:
        self._table, self._arrivals, self._callers, self._limits = table, arrivals, callers, limits
        self._documents, self._forwarding, self._issuer, self._hosts = documents, forwarding, issuer, hosts
        self._finish = Finish(secure=issuer.startswith("https://"))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        exchange = Exchange(ids.new(), scope["raw_path"], scope["query_string"])
        log.request_id.set(exchange.request_id)  # the task is this request's own
        link = scope.get(LINK)
        if link is not None:
            link.task = asyncio.current_task()
        try:
            await self._serve(exchange, scope, receive, send)
        except (asyncio.CancelledError, ClientGone):
            if link is None or not link.gone:
                raise
            metering.disconnected.add(1)
        finally:
            if link is not None:
                link.task = None

    async def _serve(self, exchange: Exchange, scope: Any, receive: Any, send: Any) -> None:
        """Steps 2 to 4, then the rest as one unit of work under the route's name."""
        found: Entry | Reply | Problem
        traceparent = None
        try:
            exchange.shown = Shown(scope["headers"])
            exchange.arrival = self._arrivals.of(scope["client"][0], scope["scheme"], scope["headers"])
            if exchange.arrival.trusted:
                traceparent = exchange.shown.text(b"traceparent")
            found = self._route(exchange, scope["method"])
        except Problem as problem:
            found = problem
        with trace.arriving(traceparent):
            if isinstance(found, Entry):
                await self._exchange(exchange, found, scope, receive, send)
            else:
                await self._turn_away(exchange, found, scope, send)

    def _route(self, exchange: Exchange, method: str) -> Entry | Reply:
        """The route, the answer to OPTIONS, or the way to the other host.

        Raises PathAmbiguous, RouteUnknown, MethodNotAllowed.
        """
        try:
            place = self._table.find(exchange.path)
        except PathRefused as error:
            raise PathAmbiguous(f"This path can be read in two ways: {error}.") from error
        if place is None:
            raise RouteUnknown
        entry = place.entries.get(method)
        if entry is not None:
            return self._hosts.here(entry, exchange, method)
        if method == "OPTIONS":
            return self._hosts.here(_options(place, exchange.shown), exchange, method)
        raise MethodNotAllowed(headers={"allow": place.allow.decode()})

    async def _exchange(self, exchange: Exchange, entry: Entry, scope: Any, receive: Any, send: Any) -> None:
        exchange.entry = entry
        quiet = entry.local is not None
        gone: BaseException | None = None
        with work.unit(UNIT, kind="server", labels=entry.labels, title=entry.title, quiet=quiet) as unit:
            taken = UNLIMITED
            try:
                taken = await self._admit(exchange, scope, receive)
                reply = await self._reply(exchange, scope["method"])
                await self._tell(exchange, unit, reply, taken, send)
            except Problem as problem:
                _note(unit, problem)
                await self._tell(
                    exchange, unit, self._refused(exchange, problem, entry.route.face, scope["headers"]), taken, send
                )
            except (asyncio.CancelledError, ClientGone) as error:
                unit.outcome, gone = "gone", error
            except Exception:
                logger.exception("request.failed")
                unit.outcome = "failed"
                failure = refusals.UnexpectedFailure()
                await self._tell(
                    exchange, unit, self._refused(exchange, failure, entry.route.face, scope["headers"]), taken, send
                )
        if gone is not None:
            raise gone

    async def _tell(self, exchange: Exchange, unit: work.unit, reply: Reply, taken: Taken, send: Any) -> None:
        if taken.afterwards:
            self._limits.count(taken, reply.status)
        unit.label(**{"http.response.status_code": str(reply.status)})
        unit.note(client=exchange.arrival.client, principal=type(exchange.principal).__name__)
        await self._send(exchange, reply, taken.headers, send)

    async def _admit(self, exchange: Exchange, scope: Any, receive: Any) -> Taken:
        """Steps 5 to 7; the limits count as early as their keys are known, so that a flood costs little."""
        entry, shown = exchange.entry, exchange.shown
        needs = self._limits.needs(entry.route.rate)
        exchange.principal, exchange.encoded_principal = ANONYMOUS, b""
        taken = await self._take(exchange) if needs == "nothing" else None
        exchange.principal, exchange.encoded_principal = (
            await self._callers.of(exchange, scope["method"]) if entry.resolves else UNASKED
        )
        if taken is None and needs == "principal":
            taken = await self._take(exchange)
        link = scope.get(LINK)
        exchange.body = await body.read(
            receive,
            shown.get(b"content-length"),
            b"transfer-encoding" in shown.by_name,
            entry.route.body_limit,
            whole=link is not None and link.whole,
        )
        return taken if taken is not None else await self._take(exchange)

    async def _take(self, exchange: Exchange) -> Taken:
        request = limits.request(exchange.arrival.client, exchange.shown, exchange.principal, exchange.body)
        return await self._limits.take(exchange.entry.route.rate, request)

    async def _reply(self, exchange: Exchange, method: str) -> Reply:
        """Step 8. Whoever shows a credential, or comes from another origin (CORS), gets an answer of his own."""
        entry, shown = exchange.entry, exchange.shown
        gzip = compress.accepted(shown.text(b"accept-encoding"))
        alone = entry.resolves or b"authorization" in shown.by_name or (entry.route.cors and b"origin" in shown.by_name)
        if entry.route.cached and not alone and method in credentials.SAFE:
            return await self._document(exchange, gzip=gzip)
        headers = shown.forwarded
        if entry.resolves:
            headers = credentials.without_cookie(headers, self._callers.cookie)
        reply = await self._owner(exchange, headers)
        if not compress.compressible(reply.headers, len(reply.body)):
            return reply
        packed = await compress.packed(reply.body) if gzip else reply.body
        return Reply(reply.status, compress.headers(reply.headers, zipped=gzip), packed)

    async def _document(self, exchange: Exchange, *, gzip: bool) -> Reply:
        """From the shelf. Its owner is asked with nothing of the caller's but path and query: no Host, no body."""
        scheme, _, host = self._issuer.partition("://")
        plain = Exchange(exchange.request_id, exchange.path, exchange.query)
        plain.entry, plain.arrival = exchange.entry, Arrival(exchange.arrival.client, scheme, host, trusted=False)
        plain.principal, plain.encoded_principal = UNASKED

        async def fetch(conditions: Pairs) -> Reply:
            return await self._owner(plain, [(b"host", host.encode()), *conditions])

        key = (exchange.entry.service, exchange.path, exchange.query)
        return await self._documents.get(key, fetch, gzip=gzip, if_none_match=exchange.shown.get(b"if-none-match"))

    async def _owner(self, exchange: Exchange, headers: Pairs) -> Reply:
        local = exchange.entry.local
        return await self._forwarding.send(exchange, headers) if local is None else await local(exchange)

    async def _turn_away(self, exchange: Exchange, found: Reply | Problem, scope: Any, send: Any) -> None:
        """What reaches no route: its path stays out of the labels, because anybody may invent one."""
        labels = {"http.request.method": scope["method"], "http.route": "", "owner": "gateway"}
        with work.unit(UNIT, kind="server", labels=labels, title=scope["method"]) as unit:
            if isinstance(found, Problem):
                accept = dict(scope["headers"]).get(b"accept", b"")
                face = refusals.face_of(exchange.path, accept)
                reply = self._refused(exchange, found, face, scope["headers"])
                _note(unit, found)
                unit.note(path=exchange.path.decode("latin-1")[:200])
            else:
                reply = found
            unit.label(**{"http.response.status_code": str(reply.status)})
            await self._send(exchange, reply, [], send)

    def _refused(self, exchange: Exchange, problem: Problem, face: Face, shown: Pairs) -> Reply:
        language = refusal_page.language_of(shown) if face == "page" else "en"
        asked = refusals.Asked(face, language, exchange.path)
        headers, text = refusals.render(problem, asked, self._issuer, exchange.request_id)
        return Reply(problem.status, headers, text)

    async def _send(self, exchange: Exchange, reply: Reply, limited: Pairs, send: Any) -> None:
        """Step 9."""
        route = exchange.entry.route if hasattr(exchange, "entry") else None
        headers = self._finish.headers(reply.status, reply.headers, len(reply.body), route, exchange.request_id)
        await send({"type": "http.response.start", "status": reply.status, "headers": headers + limited})
        await send({"type": "http.response.body", "body": reply.body})


def _options(place: Place, shown: Shown) -> Entry | Reply:
    """A preflight for a route that answers other origins goes to its owner; anything else learns what is allowed."""
    if b"origin" in shown.by_name:
        asked = place.preflights.get(shown.text(b"access-control-request-method") or "")
        if asked is not None:
            return asked
    return Reply(204, [(b"allow", place.allow)], b"")


def _note(unit: work.unit, problem: Problem) -> None:
    unit.outcome = "refused" if problem.status < 500 else "failed"
    unit.note(error=problem.code, error_description=problem.detail)
