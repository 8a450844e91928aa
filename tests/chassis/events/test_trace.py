"""A trace goes through the outbox: one id from the request that changed something to its last effect."""

from collections.abc import Iterator

import pytest
from nats.aio.client import Client
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import log, trace
from chassis.events import Listener
from chassis.postgres import Database, Tx
from tests.chassis.events.builders import CupFilled, a_shop, fill, running, until_mark


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    trace.configure("test", ratio=1.0, endpoint=None, processor=SimpleSpanProcessor(exporter))
    yield exporter
    trace.configure("test", ratio=0.0, endpoint=None)


async def test_the_effect_continues_the_trace(
    shop: Database, till: Database, nc: Client, spans: InMemorySpanExporter
) -> None:
    """The span `event.applied` belongs to the trace of the change, and its log lines to the change's request."""
    requests: list[str | None] = []

    async def take(tx: Tx, event: CupFilled) -> None:
        requests.append(log.request_id.get())

    context = log.request_id.set("req_7")
    async with a_shop(shop, nc), running(Listener(till, nc, "till", "shop").on(CupFilled, take).run()):
        with trace.arriving(None), trace.span("cup.filled"):
            await fill(shop, "a")
        await until_mark(till, 1)
    log.request_id.reset(context)
    by_name = {span.name: span for span in spans.get_finished_spans()}
    effect, cause = by_name["event.applied"], by_name["cup.filled"]
    assert effect.context is not None
    assert cause.context is not None
    assert cause.context.trace_id == effect.context.trace_id
    assert ("shop.cup.filled", 1) == (
        (effect.attributes or {})["tag"],
        (effect.attributes or {})["position"],
    )
    assert ["req_7"] == requests
