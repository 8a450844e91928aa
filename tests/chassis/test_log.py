"""Log lines: one JSON object each, with what ties them together, and without what must not be told."""

import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from chassis import log
from chassis.settings import Secret
from tests.chassis.telling import Lines, logged


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged() as found:
        yield found


def test_a_line_is_one_json_object(lines: Lines) -> None:
    """What was said, when, how loud, and by which process; a line feed in a value does not break the line."""
    structlog.get_logger().info("cup.filled", cup=7, note="two\nlines")
    (line,) = lines.all()
    assert ("cup.filled", "info", "tea", "tea-1", 7, "two\nlines") == tuple(
        line[name] for name in ("event", "level", "service", "instance", "cup", "note")
    )
    assert timedelta(0) == datetime.fromisoformat(line["at"]).utcoffset()


def test_a_line_names_the_request_it_belongs_to(lines: Lines) -> None:
    """Within an exchange every line carries its id; outside none does."""
    token = log.request_id.set("req_7")
    structlog.get_logger().info("cup.filled")
    log.request_id.reset(token)
    structlog.get_logger().info("cup.emptied")
    assert ["req_7", None] == [line.get("request_id") for line in lines.all()]


def test_a_warning_is_out_at_once(lines: Lines) -> None:
    """Plain lines wait for company; from `warning` upwards everything said so far has left the process."""
    structlog.get_logger().info("cup.filled")
    structlog.get_logger().warning("cup.cracked")
    assert ["cup.filled", "cup.cracked"] == [line["event"] for line in lines.flushed()]


def test_lines_keep_their_order(lines: Lines) -> None:
    """They come out as they were said."""
    for number in range(100):
        structlog.get_logger().info("cup.filled", cup=number)
    assert list(range(100)) == [line["cup"] for line in lines.all()]


def test_what_is_below_the_level_is_not_written() -> None:
    """At `warning` an `info` line costs nothing and says nothing."""
    with logged("warning") as lines:
        structlog.get_logger().info("cup.filled")
        structlog.get_logger().warning("cup.cracked")
        assert ["cup.cracked"] == [line["event"] for line in lines.all()]


def test_a_secret_stays_hidden(lines: Lines) -> None:
    """Whoever logs a secret by mistake logs that there was one."""
    structlog.get_logger().info("cup.filled", key=Secret("sesame"), held={"key": Secret("sesame")})
    lines.sink.flush()
    assert "sesame" not in lines.stream.getvalue()
    assert "Secret(…)" == lines.all()[0]["key"]


def test_an_exception_is_told_whole(lines: Lines) -> None:
    """The line of a failure holds its trail."""
    try:
        os.environ["NO_SUCH_CUP"]
    except LookupError:
        structlog.get_logger().exception("cup.lost")
    (line,) = lines.flushed()
    assert "error" == line["level"]
    assert "KeyError: 'NO_SUCH_CUP'" in line["exception"]


def test_libraries_speak_the_same_way(lines: Lines) -> None:
    """A warning through the standard library's logging is a line like all others."""
    logging.getLogger("kettle").warning("it %s", "boils")
    logging.getLogger("kettle").info("it is warm")
    (line,) = lines.flushed()
    assert ("library.log", "kettle", "it boils") == (line["event"], line["logger"], line["message"])
