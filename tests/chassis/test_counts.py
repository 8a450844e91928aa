"""Counters: added up by attributes, bounded, read as a scrape wants them."""

from chassis.counts import Counts
from chassis.durations import MOST_SERIES


def test_counts_add_up_by_attributes() -> None:
    """In whatever order attributes come, equal ones are one series."""
    counts = Counts()
    counts.add(1, {"cup": "tea", "size": "small"})
    counts.add(2, {"size": "small", "cup": "tea"})
    counts.add(1)
    assert [(3, {"cup": "tea", "size": "small"}), (1, {})] == list(counts.read())


def test_series_are_bounded() -> None:
    """What comes beyond the most series is counted as one, so that a hostile label cannot fill the memory."""
    counts = Counts()
    for number in range(MOST_SERIES + 3):
        counts.add(1, {"cup": str(number)})
    counts.add(1, {"cup": "0"})
    read = {frozenset(attributes.items()): count for count, attributes in counts.read()}
    assert len(read) == MOST_SERIES + 1
    assert 3 == read[frozenset({("otel.metric.overflow", "true")})]
    assert 2 == read[frozenset({("cup", "0")})]
