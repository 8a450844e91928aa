"""Remembers the most recent traces, and lays one out as a waterfall."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from deploy.local.desk.spans import Span

TRACES = 2_000
SPANS = 2_000  # of one trace; what comes later is dropped
WIDTH = 1_000  # units of a waterfall's bar
NARROWEST = 3  # units that a bar has at least, so that it is seen
DEEPEST = 12  # levels that are indented


class Summary(msgspec.Struct, frozen=True):
    """A trace in a list."""

    trace_id: str
    began: str
    name: str
    services: list[str]
    spans: int
    milliseconds: float
    failed: bool


class Row(msgspec.Struct, frozen=True):
    """A span in its waterfall: how deep, and where its bar stands in 0 to WIDTH."""

    span: Span
    depth: int
    x: float
    width: float
    after_ms: float
    milliseconds: float


class Traces:
    """The latest TRACES traces; one that gets a new span is the latest again."""

    def __init__(self) -> None:
        self._spans: OrderedDict[str, dict[str, Span]] = OrderedDict()

    def add(self, spans: Iterable[Span]) -> None:
        """A span sent twice is kept once."""
        for span in spans:
            known = self._spans.setdefault(span.trace_id, {})
            if len(known) < SPANS:
                known[span.span_id] = span
            self._spans.move_to_end(span.trace_id)
        while len(self._spans) > TRACES:
            self._spans.popitem(last=False)

    def spans(self, trace_id: str) -> list[Span]:
        """All of one trace in the order of their starts; empty when it is not known."""
        return sorted(self._spans.get(trace_id, {}).values(), key=lambda span: (span.start_ns, span.span_id))

    def newest(self, wanted: str = "") -> Iterator[Summary]:
        """The latest first; `wanted` is looked for in ids, services and names."""
        for trace_id in reversed(self._spans):
            spans = self.spans(trace_id)
            if wanted in trace_id or any(wanted in f"{span.service} {span.name}" for span in spans):
                yield summary(trace_id, spans)


def summary(trace_id: str, spans: list[Span]) -> Summary:
    """`spans` in the order of their starts, at least one."""
    known = {span.span_id for span in spans}
    root = next((span for span in spans if span.parent_id not in known), spans[0])
    began = datetime.fromtimestamp(spans[0].start_ns / 1e9, UTC)
    return Summary(
        trace_id=trace_id,
        began=f"{began:%Y-%m-%d %H:%M:%S} UTC",
        name=f"{root.service} · {root.name}",
        services=list(dict.fromkeys(span.service for span in spans)),
        spans=len(spans),
        milliseconds=(max(span.end_ns for span in spans) - spans[0].start_ns) / 1e6,
        failed=any(span.status == "error" for span in spans),
    )


def waterfall(spans: list[Span]) -> list[Row]:
    """Every span once: children under their parent, in the order of their starts; `spans` come in that order."""
    if not spans:
        return []
    begin, end = spans[0].start_ns, max(span.end_ns for span in spans)
    scale = WIDTH / max(1, end - begin)
    rows = []
    for span, depth in _nested(spans):
        width = max(NARROWEST, (span.end_ns - span.start_ns) * scale)
        x = min((span.start_ns - begin) * scale, WIDTH - NARROWEST)
        after, lasted = (span.start_ns - begin) / 1e6, (span.end_ns - span.start_ns) / 1e6
        rows.append(Row(span, min(depth, DEEPEST), round(x, 1), round(min(width, WIDTH - x), 1), after, lasted))
    return rows


def _nested(spans: list[Span]) -> Iterator[tuple[Span, int]]:
    """Depth first. A span whose parent is not here is a root; so is the first of a circle that someone made up."""
    known = {span.span_id for span in spans}
    children: dict[str | None, list[Span]] = defaultdict(list)
    for span in spans:
        children[span.parent_id if span.parent_id in known else None].append(span)
    shown: set[str] = set()
    for start in [*children[None], *spans]:
        waiting = [(start, 0)]
        while waiting:
            span, depth = waiting.pop()
            if span.span_id not in shown:
                shown.add(span.span_id)
                yield span, depth
                waiting.extend((child, depth + 1) for child in reversed(children[span.span_id]))
