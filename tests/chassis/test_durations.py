"""Durations are counted as OpenTelemetry's own histogram counts them."""

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, MetricsData

from chassis import durations
from chassis.durations import SECONDS, Durations

AMOUNTS = (0.0, 0.001, 0.0011, 0.3, 10.0, 11.0)


def histogram(data: MetricsData, name: str) -> list[tuple[dict[str, object], int, float, tuple[int, ...]]]:
    """Attributes, count, sum and buckets of each series."""
    return [
        (dict(point.attributes or {}), point.count, round(point.sum, 6), tuple(point.bucket_counts))
        for of in data.resource_metrics
        for scope in of.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
        if isinstance(point, HistogramDataPoint)
    ]


def collected(reader: InMemoryMetricReader) -> MetricsData:
    found = reader.get_metrics_data()
    assert found is not None
    return found


def test_it_counts_as_the_sdk_does() -> None:
    """Same sums, and the same buckets: a bound belongs to the bucket below it."""
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("tea")
    theirs = meter.create_histogram("theirs", "s", explicit_bucket_boundaries_advisory=SECONDS)
    ours = Durations("ours", "s", "")
    for amount in AMOUNTS:
        theirs.record(amount, {"tea": "green"})
        ours.record(amount, {"tea": "green"})
    data = durations.added_to(collected(reader))
    assert histogram(data, "theirs") == histogram(data, "ours")


def test_the_order_of_attributes_means_nothing() -> None:
    """Two series of the same attributes would be refused by who scrapes them."""
    ours = Durations("cup.ordered", "s", "")
    ours.record(0.1, {"tea": "green", "size": "big"})
    ours.record(0.2, {"size": "big", "tea": "green"})
    (point,) = ours.points()
    assert ({"size": "big", "tea": "green"}, 2) == (point.attributes, point.count)


def test_inventive_attributes_do_not_fill_the_memory() -> None:
    """Beyond so many combinations all others are one."""
    ours = Durations("cup.invented", "s", "")
    for number in range(durations.MOST_SERIES + 10):
        ours.record(0.1, {"cup": str(number)})
    counts = {str(point.attributes): point.count for point in ours.points()}
    assert (durations.MOST_SERIES + 1, 10) == (len(counts), counts["{'otel.metric.overflow': 'true'}"])
