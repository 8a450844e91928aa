"""Structured logs: one JSON object a line, one wide line per unit of work, buffered and flushed off the hot path."""

import atexit
import logging
import sys
import threading
from collections import deque
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog

FLUSH_SECONDS = 0.2
"""Lines wait at most this long; a crash of the interpreter may lose them, a signal or an exit does not."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the exchange that is being served; the gateway gives it, frames and events carry it."""

_encoder = msgspec.json.Encoder(enc_hook=repr)

_LEVELS = {"exception": "error", "warn": "warning"}


class Sink:
    """Collects encoded lines and writes them together, at once from `warning` upwards."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._timer = threading.Thread(target=self._run, name="log-flush", daemon=True)
        self._stopped = threading.Event()
        self._timer.start()
        atexit.register(self.flush)

    def write(self, line: bytes, *, now: bool) -> None:
        self._lines.append(line)
        if now:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            count = len(self._lines)
            if count:
                text = b"\n".join(self._lines.popleft() for _ in range(count)) + b"\n"
                self._stream.write(text.decode())
                self._stream.flush()

    def _run(self) -> None:
        while not self._stopped.wait(FLUSH_SECONDS):
            self.flush()


class _Logger:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def msg(self, line: bytes, *, now: bool = False) -> None:
        self._sink.write(line, now=now)

    debug = info = msg

    def warning(self, line: bytes) -> None:
        self._sink.write(line, now=True)

    error = critical = exception = warning


def configure(service: str, level: str = "info", instance: str = "", stream: TextIO | None = None) -> Sink:
    """Sets structlog up for this process and routes the standard library's warnings through it."""
    sink = Sink(stream or sys.stdout)
    constant = {"service": service, "instance": instance} if instance else {"service": service}

    def render(_: Any, method: str, event: MutableMapping[str, Any]) -> bytes:
        """The whole chain in one step: each processor more is a call more for every line."""
        if event.get("exc_info"):
            event = structlog.processors.format_exc_info(None, method, event)
        line = {**event, "level": _LEVELS.get(method, method), "at": datetime.now(UTC), **constant}
        current = request_id.get()
        if current is not None:
            line.setdefault("request_id", current)
        return _encoder.encode(line)

    structlog.configure(
        processors=[render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Logger(sink),
        # A process is configured once; a test, which brings its stream, more often.
        cache_logger_on_first_use=stream is None,
    )
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)
    return sink


class _Bridge(logging.Handler):
    """Libraries that speak through `logging` appear as the same kind of line."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        fields: dict[str, Any] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        logger.log(max(record.levelno, logging.WARNING), "library.log", **fields)
