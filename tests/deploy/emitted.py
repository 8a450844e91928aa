"""What the code emits, read from its source: metrics under the names that Prometheus sees, and names of spans."""

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from tests.architecture.sources import ROOT, Source, last_name, python

INSTRUMENTS = {"counter": "1", "histogram": "s", "gauge": "1", "observe_gauge": "1"}
"""The functions of chassis.metrics, and the unit that each takes where none is said."""

OTHERS = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}
"""What Prometheus and its client say of every process."""

_EXPOSE = """
import json, sys
from prometheus_client import generate_latest
from chassis import metrics
metrics.configure("test")
for make, name, unit in json.load(sys.stdin):
    if make == "observe_gauge":
        metrics.observe_gauge(name, lambda: [(1.0, {})], unit)
        continue
    made = getattr(metrics, make)(name, unit)
    getattr(made, {"histogram": "record", "gauge": "set"}.get(make, "add"))(1, {"label": "value"})
sys.stdout.write(generate_latest().decode())
"""


def instruments() -> set[tuple[str, str, str]]:
    """Each (function, name, unit) with which the code makes an instrument, units of work included."""
    return {found for source in python() if source.path != "chassis/work.py" for found in _made(source)} | {
        ("histogram", f"{name}.duration", "s") for name in units()
    }


def _made(source: Source) -> Iterator[tuple[str, str, str]]:
    for call in source.calls():
        if ast.unparse(call.func).startswith("metrics.") and last_name(call.func) in INSTRUMENTS:
            make = last_name(call.func)
            place = 2 if make == "observe_gauge" else 1
            said = [k.value for k in call.keywords if k.arg == "unit"] + list(call.args[place : place + 1])
            yield make, _text(source, call.args[0]), _text(source, said[0]) if said else INSTRUMENTS[make]


def units() -> set[str]:
    """Names of units of work: each is a span, a log line and a duration."""
    return {
        _text(source, call.args[0])
        for source in python()
        for call in source.calls()
        if ast.unparse(call.func) in ("work.unit", "unit") and call.args
    }


def spans() -> set[str]:
    """Names of spans that are written out in the code, units of work among them."""
    return units() | {
        call.args[0].value
        for source in python()
        for call in source.calls()
        if ast.unparse(call.func) == "trace.span" and call.args and isinstance(call.args[0], ast.Constant)
    }


def _text(source: Source, expression: ast.expr) -> str:
    """The string that `expression` is: a literal, or a constant of the same module."""
    if isinstance(expression, ast.Constant):
        return str(expression.value)
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == ast.unparse(expression):
            return _text(source, node.value)
    raise AssertionError(f"{source.path}:{expression.lineno}: the name of a metric is written out where it is made")


@functools.cache
def samples() -> frozenset[str]:
    """Every sample name at /metrics, as the real exporter makes it of the real instruments."""
    given = json.dumps(sorted(instruments()))
    run = subprocess.run(
        [sys.executable, "-c", _EXPOSE], input=given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert 0 == run.returncode, run.stderr
    families = text_string_to_metric_families(run.stdout)
    return frozenset(sample.name for family in families for sample in family.samples)
