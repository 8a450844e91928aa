"""A unit of work told once, at its end: one span, one wide log line and one duration, all under one name."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from chassis import metrics, trace
from chassis.durations import Durations
from chassis.problems import Problem

logger = structlog.get_logger()

_durations: dict[str, Durations] = {}


class unit:  # noqa: N801 - reads as a statement
    """Surrounds a unit of work named like `token.issued`.

    `labels` (few values each) go on the metric, the span and the line; what `note` adds goes on span and line only.
    The outcome is `ok`, `refused` (a Problem below 500) or `failed`. `title` names the span alone where OpenTelemetry
    wants another name for it (`POST /oauth/token`); `quiet` leaves the line out while all goes well.
    """

    __slots__ = ("_began", "_labels", "_name", "_notes", "_quiet", "_span", "outcome")

    def __init__(
        self,
        name: str,
        *,
        kind: trace.Kind = "internal",
        labels: Mapping[str, str] | None = None,
        title: str | None = None,
        quiet: bool = False,
    ) -> None:
        self._name, self._labels, self._quiet = name, dict(labels or {}), quiet
        self._notes: dict[str, Any] = {}
        self._span = trace.span(title or name, kind=kind)
        self.outcome = "ok"

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        self._span.__enter__()
        return self

    def note(self, **facts: Any) -> None:
        """Adds facts to the line and the span; never a secret."""
        self._notes.update(facts)

    def title(self, title: str) -> None:
        """Names the span, where its name is known only now."""
        self._span.named(title)

    def label(self, **labels: str) -> None:
        """Adds a label that is known only now, the route or the status for instance."""
        self._labels.update(labels)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        took = time.perf_counter() - self._began
        if isinstance(error, Problem) and error.status < 500:
            self.outcome = "refused"
            self._notes.setdefault("error", error.code)
        elif error is not None:
            self.outcome = "failed"
            self._notes.setdefault("error", type(error).__name__)
        if self._quiet and self.outcome == "ok":
            self._finish(took, kind, error, trail)
            return
        log = logger.error if self.outcome == "failed" else logger.info
        log(
            self._name,
            outcome=self.outcome,
            duration_ms=round(took * 1000, 3),
            trace_id=trace.trace_id(),
            **self._labels,
            **self._notes,
        )
        self._finish(took, kind, error, trail)

    def _finish(
        self, took: float, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        _duration(self._name).record(took, {**self._labels, "outcome": self.outcome})
        if trace.recorded():
            facts = {**self._labels, **self._notes, "outcome": self.outcome}
            self._span.attributes(
                {name: one if isinstance(one, str | int | float | bool) else str(one) for name, one in facts.items()}
            )
        if self.outcome == "failed":
            self._span.failed(str(self._notes.get("error")))
        self._span.__exit__(kind if self.outcome == "failed" else None, error, trail)


def _duration(name: str) -> Durations:
    found = _durations.get(name)
    if found is None:
        found = _durations[name] = metrics.histogram(f"{name}.duration", "s", f"How long {name} took.")
    return found
