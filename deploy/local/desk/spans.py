"""Reads what OpenTelemetry's exporters send: OTLP/HTTP with protobuf bodies."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # it publishes no types
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

KINDS = {
    trace_pb2.Span.SPAN_KIND_SERVER: "server",
    trace_pb2.Span.SPAN_KIND_CLIENT: "client",
    trace_pb2.Span.SPAN_KIND_PRODUCER: "producer",
    trace_pb2.Span.SPAN_KIND_CONSUMER: "consumer",
}
STATES = {trace_pb2.Status.STATUS_CODE_OK: "ok", trace_pb2.Status.STATUS_CODE_ERROR: "error"}
LARGEST = 16 * 1024 * 1024  # bytes of an unpacked export


class ExportUnreadable(Exception):
    """The body is not an export of traces, or too large a one."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A span as it is shown and given out as JSON; times are nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str | None
    links: list[str]
    """Trace ids of what it goes back to, where that is another trace."""
    service: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    status: str
    status_message: str


def read(body: bytes, encoding: str) -> Iterator[Span]:
    """The spans of one export. Raises ExportUnreadable."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(_unpacked(body) if encoding == "gzip" else body)
    except (DecodeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise ExportUnreadable(str(error)) from error
    for resource in request.resource_spans:
        service = str(_attributes(resource.resource.attributes).get("service.name", "unknown"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _span(service, span)


def _span(service: str, span: trace_pb2.Span) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        links=[link.trace_id.hex() for link in span.links],
        service=service,
        name=span.name,
        kind=KINDS.get(span.kind, "internal"),
        start_ns=span.start_time_unix_nano,
        end_ns=max(span.end_time_unix_nano, span.start_time_unix_nano),
        attributes=_attributes(span.attributes),
        status=STATES.get(span.status.code, "unset"),
        status_message=span.status.message,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pair: KeyValue
    for pair in pairs:
        found[pair.key] = _value(pair.value)
    return found


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind)


def _unpacked(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
        plain = packed.read(LARGEST + 1)
    if len(plain) > LARGEST:
        raise ValueError("too large when unpacked")
    return plain
