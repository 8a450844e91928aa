"""What a trace shows of a request to somebody else."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import trace
from chassis.outbound import BlockedAddress, ReadTimeout
from tests.chassis.outbound.hostile import answering, silent
from tests.chassis.outbound.world import World

PARENT = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"


async def test_a_request_says_where_the_time_went(world: World) -> None:
    """The span holds each step's seconds and the outcome, a span below it each step; none tells what was dialled."""
    server = await world.server(answering(b"", "204 No Content"), "rp.example")
    world.names.set("inside.example", ["10.0.0.1"])
    client, exporter = world.client(server), InMemorySpanExporter()
    trace.configure("test", ratio=1, endpoint=None, processor=SimpleSpanProcessor(exporter))
    try:
        with trace.arriving(PARENT):
            await client.fetch("GET", "https://rp.example/")
            with pytest.raises(BlockedAddress):
                await client.fetch("GET", "https://inside.example/")
            silence = await world.server(silent(), "rp.example")
            with pytest.raises(ReadTimeout):
                await world.client(silence).fetch("GET", "https://rp.example/", total_timeout=timedelta(seconds=0.3))
    finally:
        trace.configure("test", ratio=0, endpoint=None)
    spans = exporter.get_finished_spans()
    requests = [span for span in spans if span.name == "outbound.request"]
    good, bad, late = (dict(span.attributes or {}) for span in requests)
    for step in ("resolve", "dial", "tls", "first_byte"):
        assert good[f"outbound.{step}_seconds"] >= 0  # type: ignore[operator]
    assert (204, "rp.example") == (good["http.response.status_code"], good["server.address"])
    assert bad["error.type"] == "blocked_address"
    assert {"resolve", "dial", "tls"} == {
        step for step in ("resolve", "dial", "tls", "first_byte") if f"outbound.{step}_seconds" in late
    }
    assert [
        [("resolve", True), ("dial", True), ("tls", True), ("first_byte", True)],
        [("resolve", False)],
        [("resolve", True), ("dial", True), ("tls", True)],
    ] == [_steps(spans, request) for request in requests]
    assert "127.0.0.1" not in "".join(span.to_json() for span in spans)


def _steps(spans: Sequence[ReadableSpan], request: ReadableSpan) -> list[tuple[str, bool]]:
    """The steps below one request in the order in which they began, each within it, and whether they went well."""
    own = request.get_span_context().span_id
    below = sorted(
        (span for span in spans if span.parent and span.parent.span_id == own), key=lambda s: s.start_time or 0
    )
    for span in below:
        assert (request.start_time or 0) <= (span.start_time or 0) <= (span.end_time or 0) <= (request.end_time or 0)
    return [(span.name.removeprefix("outbound."), span.status.is_ok or span.status.is_unset) for span in below]
