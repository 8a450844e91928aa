"""Spans as they travel: what our encoder writes is what OpenTelemetry's own would have written."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

from chassis import otlp

RESOURCE = Resource.create({"service.name": "tea", "service.instance.id": "tea-7"})
SCOPE = InstrumentationScope("logi")

values = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.lists(st.text(), max_size=3),
    st.lists(st.text(), max_size=3).map(tuple),
)
contexts = st.builds(SpanContext, st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())
statuses = st.one_of(
    st.just(Status()), st.just(Status(StatusCode.OK)), st.builds(Status, st.just(StatusCode.ERROR), st.text())
)
spans = st.builds(
    ReadableSpan,
    name=st.text(max_size=300),
    context=contexts,
    parent=st.none() | contexts,
    resource=st.just(RESOURCE),
    attributes=st.dictionaries(st.text(min_size=1), values, max_size=5),
    links=st.lists(contexts.map(Link), max_size=2),
    kind=st.sampled_from(SpanKind),
    status=statuses,
    start_time=st.integers(1, 2**63),
    end_time=st.integers(1, 2**63),
    instrumentation_scope=st.just(SCOPE),
)


@given(st.lists(spans, min_size=1, max_size=3))
def test_it_is_what_opentelemetry_would_write(batch: list[ReadableSpan]) -> None:
    """Whatever a span holds, the collector reads the same."""
    assert encode_spans(batch) == ExportTraceServiceRequest.FromString(otlp.encoded(batch))


def test_numbers_that_are_equal_stay_what_they_are() -> None:
    """True, 1 and 1.0 are equal to Python and three types to a collector, within a tuple as well."""
    batch = [
        ReadableSpan("x", SpanContext(1, 1, is_remote=False), None, RESOURCE, {"n": one})
        for one in (True, 1, 1.0, (True,), (1,), (1.0,))
    ]
    for span in batch:
        assert encode_spans([span]) == ExportTraceServiceRequest.FromString(otlp.encoded([span]))


@pytest.mark.parametrize("status", [200, 400])
def test_a_collector_gets_them(status: int) -> None:
    """A batch arrives as protobuf at the endpoint; what the collector refuses is a failure."""
    came: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.headers["content-type"], self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    span = ReadableSpan("x", SpanContext(1, 1, is_remote=False), None, RESOURCE, {"cup": 7})
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        exporter = otlp.Exporter(endpoint=f"http://127.0.0.1:{server.server_port}/v1/traces", timeout=5)
        said = exporter.export([span])
        exporter.shutdown()  # type: ignore[no-untyped-call] # theirs
        assert SpanExportResult.FAILURE == exporter.export([span])
        server.shutdown()
    assert (SpanExportResult.SUCCESS if status == 200 else SpanExportResult.FAILURE) == said
    assert [("application/x-protobuf", otlp.encoded([span]))] == came
