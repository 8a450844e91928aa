"""Metrics of OpenTelemetry, read by Prometheus at /metrics on the private port.

Instruments are made where they are used, at import; until `configure` has run nobody reads them.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from opentelemetry import metrics as otel
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation, _Gauge
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from chassis import durations
from chassis.counts import Counts
from chassis.durations import Durations

_meter = otel.get_meter("logi")


class _Reader(PrometheusMetricReader):
    """Adds the durations to what the SDK has collected."""

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object) -> None:
        super()._receive_metrics(durations.added_to(metrics_data), timeout_millis, **kwargs)


def configure(service: str, instance: str = "") -> None:
    """Starts collecting for this process; called once, by life."""
    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    began = time.monotonic()
    # The SDK calls no reader while it has nothing of its own; this it always has.
    observe_gauge("process.uptime", lambda: [(time.monotonic() - began, {})], "s", "Since this process started.")
    otel.set_meter_provider(MeterProvider([_Reader()], resource=resource, shutdown_on_exit=False))


def counter(name: str, unit: str = "1", description: str = "") -> Counts:
    counts = Counts()

    def observe(_: CallbackOptions) -> Sequence[Observation]:
        return [Observation(count, attributes) for count, attributes in counts.read()]

    _meter.create_observable_counter(name, [observe], unit, description)
    return counts


def histogram(name: str, unit: str = "s", description: str = "") -> Durations:
    """Every histogram is one of durations, in seconds."""
    return Durations(name, unit, description)


def gauge(name: str, unit: str = "1", description: str = "") -> _Gauge:
    """A gauge that is set where the value is known."""
    return _meter.create_gauge(name, unit, description)


def observe_gauge(
    name: str,
    read: Callable[[], Iterable[tuple[float, dict[str, str]]]],
    unit: str = "1",
    description: str = "",
) -> None:
    """A gauge that is read when it is scraped: `read` yields (value, attributes)."""

    def observe(_: CallbackOptions) -> Sequence[Observation]:
        return [Observation(value, attributes) for value, attributes in read()]

    _meter.create_observable_gauge(name, [observe], unit, description)
