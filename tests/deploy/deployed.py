"""Reads what deploy/ says: the Dockerfile, compose.yaml, the kustomize folders and the settings of each process."""

import functools
import importlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from chassis import settings
from services.verifier.settings import PerspectiveSettings
from tests.architecture.sources import ROOT, services

DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "k8s" / "base"
EXAMPLE = DEPLOY / "k8s" / "overlays" / "example"

needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="no kubectl on PATH: the overlays were NOT rendered, only their files read"
)

Manifest = dict[str, Any]

_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:[-?])([^}]*))?\}")
SAMPLES = {"LOGI_ISSUER": "https://id.example.com", "LOGI_TRUSTED_PROXIES": "10.1.0.0/16"}


def kinds() -> dict[str, type[settings.Base]]:
    """The settings that the gateway and each service read."""
    modules = {"gateway": "gateway", **{name: f"services.{name}" for name in services()}}
    return {name: importlib.import_module(f"{module}.settings").Settings for name, module in modules.items()}


def processes() -> dict[str, type[settings.Base]]:
    """The same with the processes that stand beside a service."""
    return {**kinds(), "perspective": PerspectiveSettings}


def module(name: str) -> str:
    """What is run for a process."""
    beside = {"gateway": "gateway", "perspective": "services.verifier.perspectives"}
    return beside.get(name, f"services.{name}")


def unknown(kind: type[msgspec.Struct], names: Mapping[str, str]) -> set[str]:
    """Variables of ours that a process with these settings would not read."""
    known = {settings.PREFIX + field.name.upper() for field in msgspec.structs.fields(kind)}
    return {name for name in names if name.startswith(settings.PREFIX)} - known


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text()
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line.strip()]


def image_environment() -> dict[str, str]:
    """What the image itself tells a process."""
    text = " ".join(words for instruction, words in instructions() if instruction == "ENV")
    return dict(word.split("=", 1) for word in text.split())


def compose() -> dict[str, Any]:
    """compose.yaml with its anchors followed."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def compose_variables() -> dict[str, str]:
    """Each variable that compose.yaml takes from .env, and what it does without one: `:-`, `:?` or nothing."""
    return {name: how for name, how, _ in _VARIABLE.findall((DEPLOY / "compose.yaml").read_text())}


def told(environment: Mapping[str, Any]) -> dict[str, str]:
    """A service's environment as compose would pass it on, with samples where .env must say something."""

    def value(match: re.Match[str]) -> str:
        name, how, default = match.groups()
        return SAMPLES.get(name, default if how == ":-" else "sample")

    return {name: _VARIABLE.sub(value, str(text)) for name, text in environment.items()}


@functools.cache
def rendered(folder: Path) -> tuple[Manifest, ...]:
    """What `kubectl apply -k` would send."""
    run = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False, timeout=60)
    assert 0 == run.returncode, run.stderr
    return tuple(yaml.safe_load_all(run.stdout))


def written(folder: Path) -> Iterator[Manifest]:
    """The manifests that a kustomize folder and those below it list, as they stand in their files."""
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for name in plan.get("resources", []):
        if (folder / name).is_dir():
            yield from written(folder / name)
        else:
            yield from yaml.safe_load_all((folder / name).read_text())


def pods(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    """The pod of each workload under `Kind/name`."""
    return {
        f"{found['kind']}/{found['metadata']['name']}": found["spec"]["template"]["spec"]
        for found in manifests
        if found["kind"] in ("Deployment", "StatefulSet", "Job")
    }


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> list[Manifest]:
    return [found for found in manifests if found["kind"] == kind]
