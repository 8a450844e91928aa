"""deploy/k8s: every manifest is what Kubernetes takes, and every pod is held as tightly as it can be."""

import ipaddress
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chassis import life
from chassis.outbound import judge
from tests.deploy import deployed
from tests.deploy.deployed import BASE, EXAMPLE, Manifest, needs_kubectl

PROCESSES = list(deployed.processes())
SERVICES = [name for name in deployed.kinds() if name != "gateway"]
VERSIONS = ("1.32", "1.37")
"""The oldest and the newest Kubernetes that these manifests are for."""

FLUSH_SECONDS = 2
"""From the end of draining to the end of a process."""


def _workloads() -> list[str]:
    processes = [f"Deployment/logi-{name}" for name in PROCESSES] + [f"Job/migrate-{name}" for name in SERVICES]
    return [*processes, "StatefulSet/nats", "Deployment/collector"]


def _judge(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", [BASE, EXAMPLE], ids=lambda folder: folder.name)
def test_manifests_as_written_are_valid(folder: Any, version: str) -> None:
    """Each file that is listed exists and Kubernetes' own schema accepts it, field by field."""
    manifests = list(deployed.written(folder))
    assert len(manifests) > len(PROCESSES)
    for manifest in manifests:
        _judge(manifest, version)


@needs_kubectl
@pytest.mark.parametrize("version", VERSIONS)
def test_manifests_as_applied_are_valid(version: str) -> None:
    """What kustomize makes of the base and the example overlay is accepted as well, in the overlay's namespace."""
    for manifest in deployed.rendered(EXAMPLE):
        _judge(manifest, version)
        assert "logi" == (manifest["metadata"].get("namespace") or manifest["metadata"]["name"])


@needs_kubectl
def test_every_process_is_deployed() -> None:
    """The gateway and each service has its Deployment; each service's database has its migration."""
    assert set(_workloads()) == set(deployed.pods(deployed.rendered(EXAMPLE)))
    pods = deployed.pods(deployed.rendered(EXAMPLE))
    for name in PROCESSES:
        assert [deployed.module(name)] == pods[f"Deployment/logi-{name}"]["containers"][0]["args"]
    for name in SERVICES:
        assert [deployed.module(name), "migrate"] == pods[f"Job/migrate-{name}"]["containers"][0]["args"]


@needs_kubectl
@pytest.mark.parametrize("workload", _workloads())
def test_every_pod_is_restricted(workload: str) -> None:
    """The `restricted` pod security standard, a read-only file system, no token, and bounds on what is used."""
    pod = deployed.pods(deployed.rendered(EXAMPLE))[workload]
    assert (False, False) == (pod["automountServiceAccountToken"], pod["enableServiceLinks"])
    held = pod["securityContext"]
    assert (True, {"type": "RuntimeDefault"}) == (held["runAsNonRoot"], held["seccompProfile"])
    assert held["runAsUser"] > 0
    for container in pod["containers"]:
        assert {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        } == container["securityContext"]
        assert {"cpu", "memory"} == set(container["resources"]["requests"]) == set(container["resources"]["limits"])
        assert ":" in container["image"]
    assert [] == [volume for volume in pod.get("volumes", []) if "hostPath" in volume]


@needs_kubectl
@pytest.mark.parametrize("name", PROCESSES)
def test_probes_ask_the_private_port(name: str) -> None:
    """Alive, started and ready are asked on the port that the image's health pages are on."""
    (container,) = deployed.pods(deployed.rendered(EXAMPLE))[f"Deployment/logi-{name}"]["containers"]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    assert deployed.image_environment()["LOGI_HEALTH_PORT"] == ports["health"]
    asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("liveness", "readiness", "startup")}
    assert {"liveness": "/livez", "readiness": "/readyz", "startup": "/livez"} == {
        k: v["path"] for k, v in asked.items()
    }
    assert {"health"} == {probe["port"] for probe in asked.values()}
    if name == "gateway":
        assert deployed.image_environment()["LOGI_PORT"] == ports["http"]


@needs_kubectl
@pytest.mark.parametrize("name", PROCESSES)
def test_a_pod_has_the_time_to_end(name: str) -> None:
    """Kubernetes waits longer than the pause before SIGTERM and the drain take together."""
    pod = deployed.pods(deployed.rendered(EXAMPLE))[f"Deployment/logi-{name}"]
    pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert (pause > 0) == (name == "gateway")
    assert pod["terminationGracePeriodSeconds"] > pause + life.DRAIN_SECONDS + FLUSH_SECONDS


@needs_kubectl
@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_spread_scaled_and_never_all_evicted(name: str) -> None:
    """Autoscaler, disruption budget and spread belong to exactly this process's pods, and not to its migration's."""
    manifests = deployed.rendered(EXAMPLE)
    own = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "process"}
    (scaler,) = [
        s for s in deployed.of_kind(manifests, "HorizontalPodAutoscaler") if s["metadata"]["name"] == f"logi-{name}"
    ]
    assert ("Deployment", f"logi-{name}") == (
        scaler["spec"]["scaleTargetRef"]["kind"],
        scaler["spec"]["scaleTargetRef"]["name"],
    )
    assert scaler["spec"]["minReplicas"] >= 2
    (budget,) = [
        b for b in deployed.of_kind(manifests, "PodDisruptionBudget") if b["metadata"]["name"] == f"logi-{name}"
    ]
    assert own == budget["spec"]["selector"]["matchLabels"]
    pod = deployed.pods(manifests)[f"Deployment/logi-{name}"]
    spread = {c["topologyKey"]: c["labelSelector"]["matchLabels"] for c in pod["topologySpreadConstraints"]}
    assert {"topology.kubernetes.io/zone": own, "kubernetes.io/hostname": own} == spread
    if name == "gateway":
        told = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
        assert str(scaler["spec"]["maxReplicas"]) == told["LOGI_GATEWAYS"]


@needs_kubectl
def test_nats_runs_by_the_file_that_the_rights_are_tested_on() -> None:
    """The ConfigMap holds deploy/nats.conf, byte for byte, and the server gets a password for each of its users."""
    manifests = deployed.rendered(EXAMPLE)
    (held,) = [m for m in deployed.of_kind(manifests, "ConfigMap") if m["metadata"]["name"].startswith("nats-")]
    assert {"nats.conf": (deployed.DEPLOY / "nats.conf").read_text()} == held["data"]
    (container,) = deployed.pods(manifests)["StatefulSet/nats"]["containers"]
    users = {f"LOGI_NATS_{name.upper()}_PASSWORD": name for name in PROCESSES} | {"ROUTE_PASSWORD": "route"}
    assert users == {entry["name"]: entry["valueFrom"]["secretKeyRef"]["key"] for entry in container["env"]}


def _policies(folder: Any) -> list[Manifest]:
    manifests = deployed.rendered(folder)
    return [
        found["spec"] | {"name": found["metadata"]["name"]} for found in deployed.of_kind(manifests, "NetworkPolicy")
    ]


@needs_kubectl
def test_nothing_speaks_unless_it_is_allowed() -> None:
    """All pods are shut in both directions; the one door that is open to everybody is the gateway's HTTP port."""
    policies = _policies(BASE)
    assert [{"name": "nothing", "podSelector": {}, "policyTypes": ["Ingress", "Egress"]}] == [
        policy for policy in policies if policy["podSelector"] == {}
    ]
    open_doors = [policy for policy in policies for rule in policy.get("ingress", []) if not rule.get("from")]
    assert ["world-to-gateway"] == [policy["name"] for policy in open_doors]
    assert "gateway" == open_doors[0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
    assert [{"ports": [{"port": "http"}]}] == open_doors[0]["ingress"]
    assert [] == [p["name"] for p in _policies(EXAMPLE) for rule in p.get("ingress", []) if not rule.get("from")]


@needs_kubectl
@pytest.mark.parametrize(
    ("name", "ports"),
    [
        ("service-to-internet", {"port": 443}),
        ("health-to-internet", {"port": 1, "endPort": 65535, "protocol": "TCP"}),
    ],
)
def test_nothing_that_goes_out_reaches_into_the_operators_network(name: str, ports: dict[str, Any]) -> None:
    """What may go out to the internet reaches no address that the outbound client would refuse."""
    (policy,) = [policy for policy in _policies(EXAMPLE) if policy["name"] == name]
    (rule,) = policy["egress"]
    assert [ports] == rule["ports"]
    inside = ("10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.0.0.1", "198.18.0.1")
    inside += ("0.0.0.1", "224.0.0.1", "240.0.0.1", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "2002:a00::1")
    assert [] == [address for address in inside if judge.address(judge.read(address)) is None]
    assert [] == [address for address in inside if _allows(rule, address)]
    assert [] == [address for address in ("1.1.1.1", "2606:4700::1111") if not _allows(rule, address)]


def _allows(rule: dict[str, Any], text: str) -> bool:
    address = ipaddress.ip_address(text)
    blocks = [peer["ipBlock"] for peer in rule["to"]]
    return any(
        address in ipaddress.ip_network(block["cidr"])
        and not any(address in ipaddress.ip_network(barred) for barred in block.get("except", []))
        for block in blocks
    )


def test_the_example_is_all_that_an_operator_must_write() -> None:
    """The example overlay names the image, the origin and the networks, and takes the base as it is."""
    plan = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())
    assert {"../../base", "../../nats", "../../../observability"} <= set(plan["resources"])
    assert {"logi", "nats", "collector"} == {image["name"] for image in plan["images"]}


@needs_kubectl
def test_every_region_that_is_asked_is_there() -> None:
    """Verifier asks its own region and those that have a process; each process runs where its label says."""
    manifests = deployed.rendered(EXAMPLE)
    told = {
        found["metadata"]["name"].rpartition("-")[0]: found["data"]
        for found in deployed.of_kind(manifests, "ConfigMap")
    }
    regions = told["logi-perspectives"]
    elsewhere = told["logi-region-perspective"]["region"]
    assert [regions["own"], elsewhere] == regions["asked"].split(",")
    pod = deployed.pods(manifests)["Deployment/logi-perspective"]
    assert {"topology.kubernetes.io/region": elsewhere} == pod["nodeSelector"]
