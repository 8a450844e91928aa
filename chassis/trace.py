"""Distributed traces. Whether a trace is recorded is decided once, before the SDK is touched:
a span of an unrecorded trace costs a look at one context variable (ADR 12).
"""

import random
import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Literal, NamedTuple, Self

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

Kind = Literal["internal", "server", "client", "producer", "consumer"]

_KINDS = {kind.name.lower(): kind for kind in SpanKind}
_RECORDED = TraceFlags(TraceFlags.SAMPLED)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Position(NamedTuple):
    """Where in which trace we are; `span_id` 0 means that its first span is still to come."""

    trace_id: int
    span_id: int
    recorded: bool


_here: ContextVar[Position | None] = ContextVar("trace_position", default=None)


class _Ids(IdGenerator):
    """A root span takes the trace id that was chosen when the trace was decided upon."""

    def generate_trace_id(self) -> int:
        here = _here.get()
        return here.trace_id if here else secrets.randbits(128)

    def generate_span_id(self) -> int:
        return random.getrandbits(64) or 1


class _Tracing:
    tracer: otel.Tracer | None = None
    provider: TracerProvider | None = None
    ratio: float = 0.0


_tracing = _Tracing()


def configure(
    service: str,
    *,
    ratio: float,
    endpoint: str | None,
    instance: str = "",
    processor: SpanProcessor | None = None,
) -> None:
    """Begins recording `ratio` of the traces that start here, and every recorded one that arrives.

    `endpoint` is the base URL of an OTLP/HTTP collector. With neither that nor `processor`, nothing is recorded.
    """
    if endpoint is None and processor is None:
        _tracing.tracer, _tracing.ratio = None, 0.0
        return
    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
    if processor is None:
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)
        processor = BatchSpanProcessor(exporter, schedule_delay_millis=500)
    provider.add_span_processor(processor)
    _tracing.tracer, _tracing.provider, _tracing.ratio = provider.get_tracer("logi"), provider, ratio


def shutdown() -> None:
    """Sends what is still buffered; blocks for a few seconds at most."""
    if _tracing.provider is not None:
        _tracing.provider.shutdown()


def traceparent() -> str | None:
    """The current position as a W3C traceparent header, or None outside any trace."""
    here = _here.get()
    if here is None or here.span_id == 0:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.recorded:02x}"


def trace_id() -> str | None:
    here = _here.get()
    return None if here is None else f"{here.trace_id:032x}"


def recorded() -> bool:
    here = _here.get()
    return here is not None and here.recorded


class arriving:  # noqa: N801 - reads as a statement
    """Continues the trace of `traceparent`, or begins one and decides whether it is recorded."""

    __slots__ = ("_position", "_token")

    def __init__(self, traceparent: str | None) -> None:
        self._position = _parse(traceparent) or Position(
            random.getrandbits(128) or 1,
            0,
            random.random() < _tracing.ratio,  # noqa: S311
        )

    def __enter__(self) -> None:
        self._token: Token[Position | None] = _here.set(self._position)

    def __exit__(self, *_: object) -> None:
        _here.reset(self._token)


class span:  # noqa: N801 - reads as a statement
    """One step of the current trace; yields nothing where the trace is not recorded.

    An exception marks the span as failed and goes on its way.
    """

    __slots__ = ("_attributes", "_kind", "_links", "_name", "_span", "_start", "_token")

    def __init__(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        attributes: Mapping[str, AttributeValue] | None = None,
        links: tuple[str, ...] = (),
        start_ns: int | None = None,
    ) -> None:
        self._name, self._kind, self._attributes, self._links = name, kind, attributes, links
        self._start = start_ns
        self._span: Span | None = None

    def __enter__(self) -> Self:
        here = _here.get()
        if here is None or not here.recorded or _tracing.tracer is None:
            return self
        self._span = _tracing.tracer.start_span(
            self._name,
            _context(here),
            _KINDS[self._kind],
            self._attributes,
            [Link(_remote(p)) for p in map(_parse, self._links) if p],
            self._start,
        )
        self._token = _here.set(Position(here.trace_id, self._span.get_span_context().span_id, recorded=True))
        return self

    def note(self, **attributes: AttributeValue) -> None:
        """Adds attributes; `http_route` is written `http.route`."""
        if self._span is not None:
            for name, value in attributes.items():
                self._span.set_attribute(name.replace("_", "."), value)

    def attribute(self, name: str, value: AttributeValue) -> None:
        if self._span is not None:
            self._span.set_attribute(name, value)

    def attributes(self, them: Mapping[str, AttributeValue]) -> None:
        """All at once: each alone takes the span's lock."""
        if self._span is not None:
            self._span.set_attributes(them)

    def failed(self, why: str) -> None:
        if self._span is not None:
            self._span.set_status(StatusCode.ERROR, why)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._span is None:
            return
        if kind is not None:
            self.failed(kind.__name__)
        self._span.end()
        _here.reset(self._token)


def past(name: str, start_ns: int, end_ns: int) -> None:
    """A step of the current span that was over before anybody could wrap it; times since the epoch."""
    here = _here.get()
    if here is not None and here.recorded and _tracing.tracer is not None:
        _tracing.tracer.start_span(name, _context(here), start_time=start_ns).end(end_ns)


def _context(here: Position) -> Context:
    if here.span_id == 0:
        return Context()
    return otel.set_span_in_context(NonRecordingSpan(_remote(here)), Context())


def _remote(position: Position) -> SpanContext:
    return SpanContext(position.trace_id, position.span_id, is_remote=True, trace_flags=_RECORDED)


def _parse(traceparent: str | None) -> Position | None:
    """Reads a W3C Trace Context level 1 header; anything malformed counts as absent."""
    match = None if traceparent is None else _TRACEPARENT.fullmatch(traceparent)
    if match is None:
        return None
    trace, parent, flags = (int(part, 16) for part in match.groups())
    if trace == 0 or parent == 0:
        return None
    return Position(trace, parent, bool(flags & 1))
