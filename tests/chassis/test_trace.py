"""Traces: decided once, continued across processes, and free where they are not recorded."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from chassis import trace
from tests.chassis.telling import traced

REMOTE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNRECORDED = REMOTE[:-2] + "00"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with traced() as exporter:
        yield exporter


def test_a_trace_begins_with_its_own_id(spans: InMemorySpanExporter) -> None:
    """The id that the trace was given when it was decided is the id of its first span."""
    with trace.arriving(None), trace.span("root", kind="server"):
        known = trace.trace_id()
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert known == f"{span.context.trace_id:032x}"
    assert (None, "SERVER") == (span.parent, span.kind.name)


def test_spans_nest(spans: InMemorySpanExporter) -> None:
    """A span within another is its child, one after it its sibling."""
    with trace.arriving(None), trace.span("root"):
        with trace.span("first"):
            pass
        with trace.span("second"):
            pass
    found = {span.name: span for span in spans.get_finished_spans()}
    root = found["root"].context
    assert root is not None
    assert [root.span_id] * 2 == [(found[name].parent or root).span_id for name in ("first", "second")]


def test_a_trace_is_continued(spans: InMemorySpanExporter) -> None:
    """What arrives with a traceparent belongs to that trace, below that span, and says so to the next."""
    with trace.arriving(REMOTE), trace.span("step"):
        onward = trace.traceparent() or ""
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert span.parent is not None
    assert REMOTE[3:35] == f"{span.context.trace_id:032x}" == onward[3:35]
    assert REMOTE[36:52] == f"{span.parent.span_id:016x}"
    assert f"{span.context.span_id:016x}-01" == onward[36:]


def test_an_unrecorded_trace_makes_no_span(spans: InMemorySpanExporter) -> None:
    """Where the first process decided against it nobody records; the trace's id goes on all the same."""
    with trace.arriving(UNRECORDED), trace.span("step") as step:
        step.note(cup=7)
        assert (False, UNRECORDED) == (trace.recorded(), trace.traceparent())
    assert () == spans.get_finished_spans()


def test_nobody_decides_twice() -> None:
    """A share of nothing records what arrives as recorded, a share of all passes over what does not."""
    with traced(0.0) as spans:
        with trace.arriving(None), trace.span("here"):
            pass
        with trace.arriving(REMOTE), trace.span("there"):
            pass
        assert ["there"] == [span.name for span in spans.get_finished_spans()]


def test_the_share_is_kept() -> None:
    """Of many traces about the configured share is recorded, and each of them whole."""
    with traced(0.25) as spans:
        for _ in range(2000):
            with trace.arriving(None), trace.span("root"), trace.span("step"):
                pass
        names = [span.name for span in spans.get_finished_spans()]
    assert names.count("root") == names.count("step")
    assert 380 < names.count("root") < 620  # seven standard deviations of 500


def test_without_a_collector_nothing_is_recorded() -> None:
    """A process that exports nowhere makes no spans, even of a trace that arrives as recorded, but carries it on."""
    trace.configure("tea", ratio=1.0, endpoint=None)
    with trace.arriving(REMOTE), trace.span("step") as step:
        step.note(cup=7)
        assert trace.traceparent() == REMOTE


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        REMOTE[:-1],
        REMOTE + "0",
        "01" + REMOTE[2:],
        REMOTE.replace("0af7", "0aF7"),
        REMOTE.replace("0af7", "0xyz"),
        REMOTE.replace("0af7", "+af7"),
        REMOTE.replace("0af7", "0_f7"),
        REMOTE.replace("b7ad6b7169203331", "0" * 16),
        REMOTE.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        REMOTE.replace("-", "_"),
        REMOTE[:35] + "0" + REMOTE[36:],
        REMOTE.replace("0af7", " af7"),
    ],
)
def test_a_malformed_traceparent_counts_as_none(header: str | None) -> None:
    """W3C Trace Context: what cannot be read is passed over, and a trace of one's own begins."""
    with trace.arriving(header):
        assert trace.trace_id() not in (None, REMOTE[3:35])
        assert trace.traceparent() is None


def test_an_exception_marks_its_span(spans: InMemorySpanExporter) -> None:
    """It goes on its way, and the span says that it failed."""
    with pytest.raises(LookupError), trace.arriving(None), trace.span("step"):
        raise LookupError
    (span,) = spans.get_finished_spans()
    assert (StatusCode.ERROR, "LookupError") == (span.status.status_code, span.status.description)
    assert trace.traceparent() is None


def test_links_lead_to_other_traces(spans: InMemorySpanExporter) -> None:
    """A step that many caused names them; what cannot be read among them is left out."""
    with trace.arriving(None), trace.span("batch", links=(REMOTE, "nonsense")):
        pass
    (span,) = spans.get_finished_spans()
    assert [REMOTE[3:35]] == [f"{link.context.trace_id:032x}" for link in span.links]


def test_a_note_is_an_attribute(spans: InMemorySpanExporter) -> None:
    """`http_route` is written `http.route`."""
    with trace.arriving(None), trace.span("step", attributes={"cup": 7}) as step:
        step.note(http_route="/cups")
    (span,) = spans.get_finished_spans()
    assert {"cup": 7, "http.route": "/cups"} == dict(span.attributes or {})
