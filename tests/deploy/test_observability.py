"""Dashboards, alerts and the collector speak of what the code emits, in words that Prometheus understands."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from deploy.observability import dashboards
from tests.deploy import deployed, emitted

FOLDER = deployed.DEPLOY / "observability"


def _alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def _targets() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, board in dashboards.DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target


EXPRESSIONS = {
    **{f"alert {name}": rule["expr"] for name, rule in _alerts().items()},
    **{f"{where} {target['refId']}": target["expr"] for where, target in _targets() if "expr" in target},
}


def _metrics(expression: str) -> set[str]:
    """The metrics that a PromQL expression reads. Raises ValueError where it is not PromQL."""
    found: set[str] = set()

    def visit(node: Any) -> None:
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(selector, promql_parser.VectorSelector):
            found.add(selector.name)

    promql_parser.walk(promql_parser.parse(expression.replace("$__rate_interval", "5m")), visit)
    return found


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_expressions_read_what_is_emitted(where: str) -> None:
    """Each expression is PromQL, and each metric in it is one that a process shows at /metrics."""
    read = _metrics(EXPRESSIONS[where])
    assert read
    assert set() == read - emitted.samples() - emitted.OTHERS


def test_names_are_the_exporters() -> None:
    """Counters end in _total, durations and ages in _seconds, and an age is one number, not a distribution."""
    names = emitted.samples()
    assert {"events_published_total", "events_outbox_waiting_seconds", "limits_blind_seconds"} <= names
    assert {"http_server_request_duration_seconds_bucket", "postgres_pool_used"} <= names
    assert set() == {"events_outbox_waiting_seconds_bucket", "limits_blind_seconds_count"} & names


def test_traces_are_sought_by_names_that_exist() -> None:
    """Each span that a trace query names is one that the code begins."""
    queries = [target["query"] for _, target in _targets() if "query" in target]
    named = {name for query in queries for name in re.findall(r'(?<![.\w])name="([^"]+)"', query)}
    assert named
    assert set() == named - emitted.spans()


def test_alerts_send_people_to_lines_that_exist() -> None:
    """Every alert is urgent or not, says what is wrong and where to look, and the log lines it names are written."""
    rules = _alerts()
    assert [] == [name for name, rule in rules.items() if {"summary", "look"} != set(rule["annotations"])]
    assert {"page", "ticket"} == {rule["labels"]["severity"] for rule in rules.values()}
    named = {
        word
        for rule in rules.values()
        for word in re.findall(r"\b[a-z_]+(?:\.[a-z_]+)+\b", re.sub(r"`[^`]*`", "", rule["annotations"]["look"]))
        if word != "nats.conf"
    }
    assert named
    assert set() == named - emitted.units()


def test_dashboards_are_up_to_date() -> None:
    """The JSON that Grafana reads is what `python -m deploy.observability.dashboards` writes."""
    assert dashboards.documents() == {path: path.read_text() for path in dashboards.FOLDER.glob("*.json")}
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["configMapGenerator"]
    (files,) = [entry["files"] for entry in listed if entry["name"] == "logi-dashboards"]
    assert sorted(path.name for path in dashboards.FOLDER.iterdir()) == sorted(name.split("/")[1] for name in files)
    uids = [board["uid"] for board in map(json.loads, dashboards.documents().values())]
    assert len(uids) == len(set(uids))


def test_the_collectors_pipelines_are_whole() -> None:
    """Each pipeline is made of parts that are configured, and no part is configured for nothing."""
    plan = yaml.safe_load((FOLDER / "collector.yaml").read_text())
    pipelines = plan["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        assert {part for pipeline in pipelines for part in pipeline[kind]} == set(plan[kind])
    assert set(plan["service"]["extensions"]) == set(plan["extensions"])


def test_every_process_is_scraped_under_the_name_that_it_has() -> None:
    """One job for each process, found by the name that compose and Kubernetes give to all its instances."""
    jobs = {
        job["job_name"]: job["dns_sd_configs"][0]
        for job in yaml.safe_load((FOLDER / "scrape.yaml").read_text())["scrape_configs"]
    }
    assert set(deployed.processes()) == set(jobs)
    services = deployed.compose()["services"]
    for name, found in jobs.items():
        assert [f"metrics-{name}"] == found["names"] == services[name]["networks"]["inside"]["aliases"]
        assert deployed.image_environment()["LOGI_HEALTH_PORT"] == str(found["port"])


@deployed.needs_kubectl
def test_kubernetes_knows_the_names_that_are_scraped() -> None:
    """A headless Service lists the instances of each process."""
    headless = {
        found["metadata"]["name"]
        for found in deployed.of_kind(deployed.rendered(deployed.EXAMPLE), "Service")
        if found["spec"].get("clusterIP") == "None"
    }
    assert {f"metrics-{name}" for name in deployed.processes()} <= headless
