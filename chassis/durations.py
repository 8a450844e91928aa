"""Histograms of durations, added up where they are recorded and handed to OpenTelemetry's reader when it is asked.

Every request records several. The SDK's own histogram takes 10 to 20 µs for each, for copying, cleaning and hashing
attributes that are always the same few; this one takes 1.
"""

import time
from bisect import bisect_left
from collections.abc import Mapping

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bucket bounds of every duration, in seconds."""

MOST_SERIES = 2000
"""Combinations of attributes per name; what comes on top is counted as one, as the SDK does."""

Key = tuple[tuple[str, str], ...]

_OVERFLOW: Key = (("otel.metric.overflow", "true"),)

_SCOPE = InstrumentationScope("logi")

_all: list["Durations"] = []


class _Series:
    __slots__ = ("counts", "greatest", "least", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total, self.least, self.greatest = 0.0, float("inf"), 0.0

    def add(self, other: "_Series") -> None:
        self.counts = [ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)]
        self.total += other.total
        self.least, self.greatest = min(self.least, other.least), max(self.greatest, other.greatest)


class Durations:
    """One histogram. It belongs to the thread of the event loop, in which it is also read."""

    def __init__(self, name: str, unit: str, description: str) -> None:
        self._name, self._unit, self._description = name, unit, description
        self._series: dict[Key, _Series] = {}
        self._began = time.time_ns()
        _all.append(self)

    def record(self, amount: float, attributes: Mapping[str, str]) -> None:
        """Adds one duration, in seconds."""
        key = tuple(attributes.items())
        series = self._series.get(key)
        if series is None:
            key = key if len(self._series) < MOST_SERIES else _OVERFLOW
            series = self._series.setdefault(key, _Series())
        series.counts[bisect_left(SECONDS, amount)] += 1
        series.total += amount
        series.least = min(series.least, amount)
        series.greatest = max(series.greatest, amount)

    def metric(self) -> Metric:
        data = Histogram(self.points(), AggregationTemporality.CUMULATIVE)
        return Metric(self._name, self._description, self._unit, data)

    def points(self) -> list[HistogramDataPoint]:
        """One for each series; those whose attributes came in another order are one."""
        merged: dict[frozenset[tuple[str, str]], _Series] = {}
        for key, series in self._series.items():
            merged.setdefault(frozenset(key), _Series()).add(series)
        now = time.time_ns()
        return [
            HistogramDataPoint(
                attributes=dict(sorted(attributes)),
                start_time_unix_nano=self._began,
                time_unix_nano=now,
                count=sum(series.counts),
                sum=series.total,
                bucket_counts=series.counts,
                explicit_bounds=SECONDS,
                min=series.least,
                max=series.greatest,
            )
            for attributes, series in merged.items()
        ]


def added_to(collected: MetricsData) -> MetricsData:
    """What the SDK collected, with every histogram that has recorded anything."""
    metrics = [metric for metric in (one.metric() for one in _all) if metric.data.data_points]
    scope = ScopeMetrics(_SCOPE, metrics, "")
    return MetricsData(
        [ResourceMetrics(of.resource, [*of.scope_metrics, scope], of.schema_url) for of in collected.resource_metrics]
    )
