"""One request as a frame to the service that owns its route, and the reply back."""

from chassis import trace
from chassis.problems import Carried, Problem
from chassis.wire.call import Caller
from chassis.wire.frames import Reply, Request
from gateway.exchange import Exchange
from gateway.headers import Pairs, outgoing


class Forwarding:
    """The way over NATS."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def send(self, exchange: Exchange, headers: Pairs) -> Reply:
        """The service's reply, its headers fit to leave the house.

        Raises NoInstance (503), InstanceDied (502), DeadlinePassed (504), RequestTooLarge (413), ReplyTooLarge (502),
        AnswerUnreadable (502). Cancelling cancels the work in the service.
        """
        route, arrival = exchange.entry.route, exchange.arrival
        request = Request(
            # The route's method: a HEAD is served by GET.
            method=route.method,
            path=exchange.path,
            query=exchange.query,
            headers=headers,
            client=arrival.client,
            scheme=arrival.scheme,
            host=arrival.host,
            principal=exchange.encoded_principal,
            budget_ms=route.timeout_ms,
            body=exchange.body,
            traceparent=trace.traceparent(),
            request_id=exchange.request_id,
        )
        try:
            reply = await self._caller.exchange(exchange.entry.service, route.pool, request)
        except Carried as problem:
            if problem.status < 500:
                raise
            # What broke inside is no stranger's business.
            raise Problem from problem
        return Reply(reply.status, outgoing(reply.headers), reply.body, reply.instance)
