"""Metrics as Prometheus reads them from a living process."""

import re
from pathlib import Path

import pytest

from tests.chassis.processes import living


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What /metrics says after one unit of work of each outcome."""
    with living(Path(tmp_path_factory.mktemp("metrics")), "works") as one:
        one.until_said("worked")
        answer = one.get("/metrics")
        assert answer is not None
        return answer.text


def test_each_unit_has_its_duration(scraped: str) -> None:
    """Named like the unit, in seconds, counted by labels and outcome."""
    counts = re.findall(r'cup_filled_duration_seconds_count\{.*?outcome="(\w+)".*?tea="green".*?\} (\S+)', scraped)
    assert [("failed", "1.0"), ("ok", "1.0"), ("refused", "1.0")] == sorted(counts)


def test_durations_have_the_houses_buckets(scraped: str) -> None:
    """One millisecond to ten seconds, the same for every duration, so that they can be compared and summed."""
    bounds = re.findall(r'cup_filled_duration_seconds_bucket\{le="([^"]+)".*?outcome="ok"', scraped)
    assert ["0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1"] == bounds[:7]
    assert ["2.5", "5.0", "10.0", "+Inf"] == bounds[-4:]


def test_the_process_is_named(scraped: str) -> None:
    """A scrape says which service it came from."""
    assert 'service_name="tea"' in scraped
