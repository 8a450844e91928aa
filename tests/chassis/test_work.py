"""A unit of work is told once, at its end, under one name: a line and a span here, its duration in test_life."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from chassis import trace, work
from chassis.problems import InvalidRequest, TemporarilyUnavailable
from tests.chassis.telling import Lines, logged, traced


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged() as found:
        yield found


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with traced() as found:
        yield found


def one(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


def test_one_line_and_one_span(lines: Lines, spans: InMemorySpanExporter) -> None:
    """Both have the unit's name, its labels, its notes, its outcome; the line names the trace."""
    with trace.arriving(None), work.unit("cup.filled", kind="server", labels={"tea": "green"}) as unit:
        unit.note(client_id="logi_7")
        unit.label(size="big")
    (line,), span = lines.all(), one(spans)
    assert span.context is not None
    assert ("cup.filled", "cup.filled", "SERVER") == (line["event"], span.name, span.kind.name)
    told = {"tea": "green", "size": "big", "client_id": "logi_7", "outcome": "ok"}
    assert told == {name: line[name] for name in told}
    assert told == dict(span.attributes or {})
    assert f"{span.context.trace_id:032x}" == line["trace_id"]
    assert line["duration_ms"] >= 0


def test_a_refusal_is_no_failure(lines: Lines, spans: InMemorySpanExporter) -> None:
    """A problem that the caller made is told with its code, without alarm."""
    with pytest.raises(InvalidRequest), trace.arriving(None), work.unit("cup.filled"):
        raise InvalidRequest
    (line,) = lines.all()
    assert ("refused", "invalid_request", "info") == (line["outcome"], line["error"], line["level"])
    assert StatusCode.ERROR is not one(spans).status.status_code


@pytest.mark.parametrize(
    ("raised", "name"),
    [(LookupError("no cup"), "LookupError"), (TemporarilyUnavailable(), "TemporarilyUnavailable")],
    ids=["unforeseen", "problem"],
)
def test_a_failure_is_an_error(lines: Lines, spans: InMemorySpanExporter, raised: Exception, name: str) -> None:
    """What is our fault is an error in the log and on the span."""
    with pytest.raises(type(raised)), trace.arriving(None), work.unit("cup.filled"):
        raise raised
    (line,) = lines.all()
    assert ("failed", name, "error") == (line["outcome"], line["error"], line["level"])
    assert StatusCode.ERROR is one(spans).status.status_code


def test_an_outcome_may_be_said(lines: Lines) -> None:
    """Whoever answers a problem instead of raising it says what became of the work."""
    with work.unit("cup.filled") as unit:
        unit.outcome = "refused"
    assert "refused" == lines.all()[0]["outcome"]


def test_quiet_work_speaks_when_it_goes_wrong(lines: Lines) -> None:
    """Work that happens all the time writes no line while all goes well."""
    with work.unit("cup.polled", quiet=True):
        pass
    with pytest.raises(LookupError), work.unit("cup.polled", quiet=True):
        raise LookupError
    assert ["failed"] == [line["outcome"] for line in lines.all()]


def test_a_title_names_the_span_alone(lines: Lines, spans: InMemorySpanExporter) -> None:
    """OpenTelemetry wants other names for requests than the log does."""
    with trace.arriving(None), work.unit("http.server.request", title="GET /cups"):
        pass
    assert ("http.server.request", "GET /cups") == (lines.all()[0]["event"], one(spans).name)


def test_unrecorded_work_makes_no_span(lines: Lines) -> None:
    """Its line is written all the same."""
    with traced(0.0) as spans, trace.arriving(None), work.unit("cup.filled"):
        pass
    assert ((), 1) == (spans.get_finished_spans(), len(lines.all()))
