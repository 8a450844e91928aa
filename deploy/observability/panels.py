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
    kind: str = "timeseries"


def rate(metric: str, by: str, where: str = "") -> str:
    """How often per second a counter (or the count of a histogram) grows, as a sum over `by`."""
    return f"sum by ({by}) (rate({metric}{{{where}}}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str, where: str = "") -> str:
    """An estimate from the buckets of `histogram`, whose name has no `_bucket`."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', f'{by}, le', where)})"


def dashboard(uid: str, title: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """Panels in reading order, with a choice of the Prometheus data source and of the processes."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["logi"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_source(), _jobs()]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"}


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


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    table = panel.kind == "table"
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.told,
        "datasource": source,
        "gridPos": {"x": number % 3 * WIDTH, "y": number // 3 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": source,
                "expr": expression,
                "legendFormat": legend,
                "instant": table,
                "format": "table" if table else "time_series",
            }
            for place, (expression, legend) in enumerate(panel.lines)
        ],
    }
