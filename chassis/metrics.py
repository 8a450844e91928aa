"""Metrics of OpenTelemetry, read by Prometheus at /metrics on the private port.

Instruments are made where they are used, at import; until `configure` has run they count for nobody.
"""

from collections.abc import Callable, Iterable, Sequence

from opentelemetry import metrics as otel
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation, UpDownCounter, _Gauge
from opentelemetry.sdk.metrics import Histogram as SdkHistogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bucket bounds of every duration, in seconds."""

_meter = otel.get_meter("logi")


def configure(service: str, instance: str = "") -> None:
    """Starts collecting for this process; called once, by life."""
    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    # By type too: a gauge in seconds is the age of something, not a distribution.
    view = View(
        instrument_type=SdkHistogram, instrument_unit="s", aggregation=ExplicitBucketHistogramAggregation(SECONDS)
    )
    otel.set_meter_provider(
        MeterProvider([PrometheusMetricReader()], resource=resource, views=[view], shutdown_on_exit=False)
    )


def counter(name: str, unit: str = "1", description: str = "") -> Counter:
    return _meter.create_counter(name, unit, description)


def histogram(name: str, unit: str = "s", description: str = "") -> Histogram:
    return _meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=SECONDS)


def up_down(name: str, unit: str = "1", description: str = "") -> UpDownCounter:
    return _meter.create_up_down_counter(name, unit, description)


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
