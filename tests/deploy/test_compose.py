"""compose.yaml: a stack that an operator could put on a machine of their own."""

import importlib.resources
import json
import re
from typing import Any

import jsonschema
import pytest

from tests.deploy import deployed

SERVICES: dict[str, Any] = deployed.compose()["services"]
PROCESSES = deployed.processes()


def test_it_is_valid() -> None:
    """The Compose specification's own schema accepts it."""
    schemas = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text())
    assert [] == [
        f"{error.json_path}: {error.message}"
        for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(deployed.compose())
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_contained(name: str) -> None:
    """Nothing is written but volumes and tmpfs, no capability is kept and none can be gained."""
    said = SERVICES[name]
    assert (True, ["ALL"]) == (said["read_only"], said["cap_drop"])
    assert ["no-new-privileges:true"] == said["security_opt"]
    assert "privileged" not in said
    assert "cap_add" not in said


def test_only_the_gateway_is_reached_from_outside() -> None:
    """The gateway's port, and Grafana's where it is wanted, are published, on loopback."""
    published = {name: said["ports"] for name, said in SERVICES.items() if "ports" in said}
    assert {"gateway": ["${LOGI_LISTEN:-127.0.0.1:8000}:8000"], "grafana": ["127.0.0.1:3000:3000"]} == published


def test_the_databases_have_no_way_out() -> None:
    """Postgres, NATS and Redis are on the one network that leads nowhere."""
    assert {"internal": True} == deployed.compose()["networks"]["inside"]
    assert [["inside"]] * 3 == [SERVICES[name]["networks"] for name in ("postgres", "nats", "redis")]


def test_everything_that_others_wait_for_has_a_health_check() -> None:
    """`depends_on` waits for health or for a migration's end, never for a mere start."""
    waits = [
        (awaited, condition["condition"])
        for said in SERVICES.values()
        for awaited, condition in said.get("depends_on", {}).items()
    ]
    assert {"service_healthy", "service_completed_successfully"} == {how for _, how in waits}
    assert [] == [
        name for name, how in waits if how == "service_healthy" and "test" not in SERVICES[name]["healthcheck"]
    ]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_service_starts_after_its_migration(name: str) -> None:
    """Each process is there, runs its own module, and the services' databases are at this release before."""
    assert [deployed.module(name)] == SERVICES[name]["command"]
    if name in ("gateway", "perspective"):
        assert f"{name}-migrate" not in SERVICES
        return
    assert [f"services.{name}", "migrate"] == SERVICES[f"{name}-migrate"]["command"]
    assert {"condition": "service_completed_successfully"} == SERVICES[name]["depends_on"][f"{name}-migrate"]
    assert SERVICES[name]["environment"] == SERVICES[f"{name}-migrate"]["environment"]


def test_the_example_names_every_secret_and_holds_none() -> None:
    """.env.example lists each variable without which compose refuses to start, and not one value."""
    example = dict(re.findall(r"^(\w+)=(.*)$", (deployed.DEPLOY / ".env.example").read_text(), flags=re.MULTILINE))
    assert {""} == set(example.values())
    variables = deployed.compose_variables()
    assert set() == {name for name, how in variables.items() if how == ":?"} - set(example)
    assert {"COMPOSE_PROFILES"} == set(example) - set(variables)
    assert [] == [name for name in variables if "PASSWORD" in name and name not in example]


def test_what_is_mounted_exists() -> None:
    """Every file or folder that a container is given is there, and is given for reading."""
    given = [volume for said in SERVICES.values() for volume in said.get("volumes", []) if volume.startswith(".")]
    assert given
    assert [] == [mount for mount in given if not (deployed.DEPLOY / mount.split(":")[0]).exists()]
    assert [] == [mount for mount in given if not mount.endswith(":ro")]


def test_nats_gets_every_password_that_its_users_have() -> None:
    """nats.conf reads its passwords from the environment, and each process has the one of its own user."""
    needed = set(re.findall(r"\$(LOGI_NATS_\w+)", (deployed.DEPLOY / "nats.conf").read_text()))
    given = SERVICES["nats"]["environment"]
    assert needed == set(given)
    for name in PROCESSES:
        own = SERVICES[name]["environment"]
        assert (name, given[f"LOGI_NATS_{name.upper()}_PASSWORD"]) == (own["LOGI_NATS_USER"], own["LOGI_NATS_PASSWORD"])
