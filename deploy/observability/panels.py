"""The few Grafana panels that our dashboards are made of, as the JSON that Grafana reads."""

from collections.abc import Sequence
from typing import Any

import msgspec

WIDTH, HEIGHT = 8, 8
"""Three panels fill a row of Grafana's 24 columns."""


class Panel(msgspec.Struct, frozen=True):
    """A graph of PromQL expressions over time; each is (expression, legend)."""

    title: str
    lines: tuple[tuple[str, str], ...]
    unit: str = "short"
    """Grafana's unit id: `s`, `reqps`, `percentunit`, `short`, `bytes`."""
    told: str = ""


class Traces(msgspec.Struct, frozen=True):
    """The latest traces that a TraceQL query finds."""

    title: str
    query: str
    told: str = ""


def rate(metric: str, by: str, where: str = "") -> str:
    """How often per second a counter (or the count of a histogram) grows, as a sum over `by`."""
    return f"sum by ({by}) (rate({metric}{{{where}}}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str, where: str = "") -> str:
    """An estimate from the buckets of `histogram`, whose name has no `_bucket`."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', f'{by}, le', where)})"


def dashboard(uid: str, title: str, panels: Sequence[Panel | Traces]) -> dict[str, Any]:
    """Panels in reading order, with a choice of the data sources and of the processes."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["logi"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [*_sources(panels), _jobs()]},
        "panels": [_placed(number, panel) for number, panel in enumerate(panels)],
    }


def _sources(panels: Sequence[Panel | Traces]) -> list[dict[str, Any]]:
    kinds = sorted({_kind(panel) for panel in panels})
    return [{"name": kind, "label": kind.title(), "type": "datasource", "query": kind} for kind in kinds]


def _jobs() -> dict[str, Any]:
    return {
        "name": "job",
        "label": "Process",
        "type": "custom",
        "query": "gateway,auth,registry,delivery,verifier",
        "multi": True,
        "includeAll": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _kind(panel: Panel | Traces) -> str:
    return "tempo" if isinstance(panel, Traces) else "prometheus"


def _placed(number: int, panel: Panel | Traces) -> dict[str, Any]:
    source = {"type": _kind(panel), "uid": f"${{{_kind(panel)}}}"}
    shown = _table(panel, source) if isinstance(panel, Traces) else _graph(panel, source)
    place = {"x": number % 3 * WIDTH, "y": number // 3 * HEIGHT, "w": WIDTH, "h": HEIGHT}
    common = {"id": number + 1, "title": panel.title, "description": panel.told, "datasource": source, "gridPos": place}
    return {**common, **shown}


def _graph(panel: Panel, source: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": source, "expr": expression, "legendFormat": legend}
            for place, (expression, legend) in enumerate(panel.lines)
        ],
    }


def _table(panel: Traces, source: dict[str, str]) -> dict[str, Any]:
    target = {"refId": "A", "datasource": source, "queryType": "traceql", "query": panel.query, "limit": 20}
    return {"type": "table", "targets": [target]}
