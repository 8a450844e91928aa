"""One exchange inside a service: its trace continued, its app run, what came of it as a word to the caller.

The unit of work is told by chassis.web, which knows the route.
"""

import asyncio

import msgspec
import structlog

from chassis import log, trace
from chassis.problems import Problem
from chassis.wire import asgi, frames
from chassis.wire.frames import BODY_LIMIT, FRAME_LIMIT, Parcel, Reply, Request
from chassis.wire.parts import Depot, PartsLost
from chassis.wire.refusals import ReplyTooLarge, RequestTooLarge

logger = structlog.get_logger()


class RequestLost(Problem):
    """The parts of the request stopped coming."""

    status, code = 502, "bad_gateway"
    default_detail = "The request did not arrive whole."


class Answering:
    """Makes the word that answers a request, whatever happens inside."""

    def __init__(self, app: asgi.App, service: str, instance: str, depot: Depot | None) -> None:
        self.ending = asyncio.Event()
        self._app, self._service, self._instance, self._depot = app, service, instance, depot

    async def answer(self, request: Request, pool: str, deadline: float) -> tuple[bytes, Parcel | None]:
        """The word to send, and the parcel to keep until the caller has fetched it."""
        context = log.request_id.set(request.request_id)
        try:
            with trace.arriving(request.traceparent):
                return self._word(await self._run(request, deadline))
        except Problem as problem:
            return frames.encode_problem(problem), None
        except Exception:
            # An app answers its own mistakes; what arrives here is told to nobody outside.
            logger.exception("http.crashed", pool=pool)
            return frames.encode_problem(Problem()), None
        finally:
            log.request_id.reset(context)

    async def _run(self, request: Request, deadline: float) -> Reply:
        if request.parcel is not None:
            body = await self._fetch(request.parcel)
            request = msgspec.structs.replace(request, body=body, parcel=None)
        exchange = asgi.Exchange(request.principal, request.request_id, deadline, self.ending)
        return await asgi.run(self._app, request, exchange)

    async def _fetch(self, parcel: Parcel) -> bytes:
        if self._depot is None or parcel.size > BODY_LIMIT:
            raise RequestTooLarge
        try:
            return await self._depot.fetch(parcel)
        except PartsLost as error:
            raise RequestLost from error

    def _word(self, reply: Reply) -> tuple[bytes, Parcel | None]:
        word = self._encode(reply, reply.body, None)
        if len(word) <= FRAME_LIMIT:
            return word, None
        if self._depot is None:
            raise ReplyTooLarge
        parcel = self._depot.hold(reply.body)
        word = self._encode(reply, b"", parcel)
        if len(word) > FRAME_LIMIT:
            self._depot.release(parcel)
            raise ReplyTooLarge
        return word, parcel

    def _encode(self, reply: Reply, body: bytes, parcel: Parcel | None) -> bytes:
        return frames.encode_reply(Reply(reply.status, reply.headers, body, self._instance, parcel))
