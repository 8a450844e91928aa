"""What a process under test tells: its log lines and its spans, read back."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import log, trace


class Lines:
    """A log that was configured for a test; `all` flushes it first."""

    def __init__(self, level: str) -> None:
        self.stream = io.StringIO()
        self.sink = log.configure("tea", level, "tea-1", stream=self.stream)

    def all(self) -> list[dict[str, Any]]:
        """Every line so far, decoded."""
        self.sink.flush()
        return self.flushed()

    def flushed(self) -> list[dict[str, Any]]:
        """Every line that has left the process."""
        return [msgspec.json.decode(line) for line in self.stream.getvalue().splitlines()]


@contextmanager
def logged(level: str = "info") -> Iterator[Lines]:
    """The log of this process for a while, then the one that was there before."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, threshold = root.handlers[:], root.level
    lines = Lines(level)
    try:
        yield lines
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(threshold)


@contextmanager
def traced(ratio: float = 1.0) -> Iterator[InMemorySpanExporter]:
    """The spans of this process for a while."""
    exporter = InMemorySpanExporter()
    trace.configure("tea", ratio=ratio, endpoint=None, processor=SimpleSpanProcessor(exporter))
    try:
        yield exporter
    finally:
        trace.configure("tea", ratio=0.0, endpoint=None)
