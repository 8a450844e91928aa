"""Distributed traces. Whether a trace is recorded is decided once, before the SDK is touched:
a span of an unrecorded trace costs a look at one context variable (ADR 12).
"""

import random
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Literal, NamedTuple, Self

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from chassis.otlp import Exporter

Kind = Literal["internal", "server", "client", "producer", "consumer"]

_KINDS = {kind.name.lower(): kind for kind in SpanKind}
_SCOPE = InstrumentationScope("logi")
_UNSET = Status()
_RECORDED = TraceFlags(TraceFlags.SAMPLED)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Position(NamedTuple):
    """Where in which trace we are; `span_id` 0 means that its first span is still to come."""

    trace_id: int
    span_id: int
    recorded: bool


_here: ContextVar[Position | None] = ContextVar("trace_position", default=None)


class _Tracing:
    processor: SpanProcessor | None = None
    resource: Resource | None = None
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
    if processor is None and endpoint is not None:
        exporter = Exporter(endpoint=f"{endpoint}/v1/traces", timeout=5)
        processor = BatchSpanProcessor(exporter, schedule_delay_millis=500)
    _tracing.processor, _tracing.ratio = processor, ratio if processor else 0.0
    _tracing.resource = Resource.create({"service.name": service, "service.instance.id": instance})


def shutdown() -> None:
    """Sends what is still buffered; blocks for a few seconds at most."""
    if _tracing.processor is not None:
        _tracing.processor.shutdown()


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

    An exception marks the span as failed and goes on its way. The SDK sees it when it is over: a live span of its own
    would take locks and copies for a reader that nobody here is.
    """

    __slots__ = ("_attributes", "_end", "_id", "_kind", "_links", "_name", "_parent", "_start", "_status", "_token")

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
        self._start, self._end = start_ns, 0
        self._parent: Position | None = None

    def __enter__(self) -> Self:
        here = _here.get()
        if here is None or not here.recorded or _tracing.processor is None:
            return self
        self._parent, self._status = here, _UNSET
        self._attributes = dict(self._attributes or ())
        self._start = self._start or time.time_ns()
        self._id = random.getrandbits(64) or 1
        self._token = _here.set(Position(here.trace_id, self._id, recorded=True))
        return self

    def note(self, **attributes: AttributeValue) -> None:
        """Adds attributes; `http_route` is written `http.route`."""
        if self._parent is not None:
            self.attributes({name.replace("_", "."): value for name, value in attributes.items()})

    def named(self, name: str) -> None:
        """Under another name than it began with."""
        self._name = name

    def attribute(self, name: str, value: AttributeValue) -> None:
        self.attributes({name: value})

    def attributes(self, them: Mapping[str, AttributeValue]) -> None:
        if self._parent is not None:
            self._attributes = {**(self._attributes or {}), **them}

    def failed(self, why: str) -> None:
        if self._parent is not None:
            self._status = Status(StatusCode.ERROR, why)

    def ended(self, at_ns: int) -> None:
        """It was over before it was left, at this time since the epoch."""
        self._end = at_ns

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._parent is None:
            return
        if kind is not None:
            self.failed(kind.__name__)
        _here.reset(self._token)
        self._hand_over(self._parent)

    def _hand_over(self, parent: Position) -> None:
        if _tracing.processor is None:
            return
        _tracing.processor.on_end(
            ReadableSpan(
                self._name,
                SpanContext(parent.trace_id, self._id, is_remote=False, trace_flags=_RECORDED),
                _remote(parent) if parent.span_id else None,
                _tracing.resource,
                self._attributes,
                links=[Link(_remote(position)) for position in map(_parse, self._links) if position],
                kind=_KINDS[self._kind],
                status=self._status,
                start_time=self._start,
                end_time=self._end or time.time_ns(),
                instrumentation_scope=_SCOPE,
            )
        )


def past(name: str, start_ns: int, end_ns: int) -> None:
    """A step of the current span that was over before anybody could wrap it; times since the epoch."""
    with span(name, start_ns=start_ns) as step:
        step.ended(end_ns)


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
