"""What compose and Kubernetes tell each process is what its settings ask for, no less and no more."""

import re
from typing import Any, get_type_hints

import msgspec
import pytest

from chassis import settings
from chassis.outbound.policy import DEVELOPMENT_ONLY
from tests.architecture.sources import ROOT
from tests.deploy import deployed
from tests.deploy.deployed import needs_kubectl

PROCESSES = deployed.processes()
READERS = deployed.kinds()
MIGRATED = set(READERS) - {"gateway"}
IMAGE = {name: value for name, value in deployed.image_environment().items() if name.startswith(settings.PREFIX)}


def _secrets(kind: type[msgspec.Struct]) -> set[str]:
    hints = get_type_hints(kind)
    return {settings.PREFIX + name.upper() for name, hint in hints.items() if "Secret" in str(hint)}


def _environment(manifests: tuple[deployed.Manifest, ...], container: dict[str, Any]) -> dict[str, str]:
    maps = {found["metadata"]["name"]: found["data"] for found in deployed.of_kind(manifests, "ConfigMap")}
    found: dict[str, str] = {}
    for source in container["envFrom"]:
        found |= maps[source["configMapRef"]["name"]]
    for entry in container["env"]:
        origin = entry.get("valueFrom", {}).get("configMapKeyRef")
        found[entry["name"]] = maps[origin["name"]][origin["key"]] if origin else entry.get("value", "sample")
    return found


@pytest.mark.parametrize("name", PROCESSES)
def test_compose_tells_everything(name: str) -> None:
    """With .env filled in, each process reads its settings; no variable of ours is one that nobody reads."""
    environment = deployed.told(deployed.compose()["services"][name]["environment"])
    settings.load(PROCESSES[name], {**IMAGE, **environment})
    assert set() == deployed.unknown(PROCESSES[name], environment)


@needs_kubectl
@pytest.mark.parametrize("name", PROCESSES)
def test_kubernetes_tells_everything(name: str) -> None:
    """With the secrets in place, each process reads its settings, and its migration reads the same."""
    manifests = deployed.rendered(deployed.EXAMPLE)
    pods = deployed.pods(manifests)
    workloads = [f"Deployment/logi-{name}"] + ([f"Job/migrate-{name}"] if name in MIGRATED else [])
    for workload in workloads:
        environment = _environment(manifests, pods[workload]["containers"][0])
        settings.load(PROCESSES[name], {**IMAGE, **environment})
        assert set() == deployed.unknown(PROCESSES[name], environment)


@needs_kubectl
@pytest.mark.parametrize("name", PROCESSES)
def test_secrets_stand_nowhere(name: str) -> None:
    """A secret setting is a reference to a Secret of that process alone; no Secret is part of what is deployed."""
    manifests = deployed.rendered(deployed.EXAMPLE)
    assert [] == deployed.of_kind(manifests, "Secret")
    (container,) = deployed.pods(manifests)[f"Deployment/logi-{name}"]["containers"]
    referred = {
        entry["name"]: entry["valueFrom"]["secretKeyRef"]["name"]
        for entry in container["env"]
        if "secretKeyRef" in entry.get("valueFrom", {})
    }
    asked = {entry["name"] for entry in container["env"]} & _secrets(PROCESSES[name])
    assert asked == set(referred)
    assert {f"logi-{name}"} == set(referred.values())


@pytest.mark.parametrize("name", PROCESSES)
def test_the_image_listens_where_its_container_is_asked(name: str) -> None:
    """The ports of the image's environment are the settings' own, and bind beyond loopback."""
    known = {settings.PREFIX + field.name.upper() for field in msgspec.structs.fields(PROCESSES[name])}
    assert {"LOGI_HEALTH_HOST", "LOGI_HEALTH_PORT"} == set(IMAGE) & known - {"LOGI_HOST", "LOGI_PORT"}
    assert "0.0.0.0" == IMAGE["LOGI_HEALTH_HOST"] == IMAGE["LOGI_HOST"]  # noqa: S104 - what the test is about


def test_the_manual_lists_every_setting() -> None:
    """docs/operations/deploy.md has a row for each variable: who reads it, and whether it must be given."""
    text = (ROOT / "docs" / "operations" / "deploy.md").read_text()
    rows = re.findall(r"^\| `LOGI_(\w+)` \| ([^|]+) \| ([^|]*)\|", text, flags=re.MULTILINE)
    said = {name.lower(): (readers.strip(), default.strip() == "required") for name, readers, default in rows}
    assert {name: (_readers(name), _required(name)) for name in _fields() if name not in DEVELOPMENT_ONLY} == said
    assert [] == [name for name in DEVELOPMENT_ONLY if f"`LOGI_{name.upper()}`" not in text]


def _fields() -> set[str]:
    return {field.name for kind in READERS.values() for field in msgspec.structs.fields(kind)}


def _readers(name: str) -> str:
    found = {process for process, kind in READERS.items() if name in kind.__struct_fields__}
    return "all" if found == set(READERS) else "services" if found == MIGRATED else ", ".join(sorted(found))


def _required(name: str) -> bool:
    return any(
        field.required for kind in READERS.values() for field in msgspec.structs.fields(kind) if field.name == name
    )
