"""The image, built for real and run as production runs it, where podman works and a base image is at hand.

`LOGI_TEST_PYTHON_IMAGE=localhost/python-base pytest tests/deploy/test_image_build.py`; LOGI_TEST_PODMAN holds podman
with its global options, LOGI_TEST_BUILD and LOGI_TEST_RUN hold more options of those two commands.
"""

import base64
import http.client
import os
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.process import free_port
from deploy.local.servers.nats import Nats
from tests.architecture.sources import ROOT
from tests.deploy import emitted

BASE = os.environ.get("LOGI_TEST_PYTHON_IMAGE", "")
PODMAN = shlex.split(os.environ.get("LOGI_TEST_PODMAN", "podman"))
TAG = "localhost/logi:tested"
CONTAINED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=host")

pytestmark = [
    pytest.mark.skipif(not BASE, reason="LOGI_TEST_PYTHON_IMAGE names no base: the image was NOT built"),
    pytest.mark.timeout(900),
]


def _podman(*arguments: str, options: str = "") -> subprocess.CompletedProcess[str]:
    command, *rest = arguments
    full = [*PODMAN, command, *shlex.split(os.environ.get(options, "")), *rest]
    return subprocess.run(full, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def _inside(*words: str, entrypoint: str = "python") -> subprocess.CompletedProcess[str]:
    return _podman("run", "--rm", *CONTAINED, f"--entrypoint={entrypoint}", TAG, *words, options="LOGI_TEST_RUN")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    arguments = (f"--build-arg=PYTHON_IMAGE={BASE}", "--file=deploy/Dockerfile", f"--tag={TAG}", ".")
    run = _podman("build", *arguments, options="LOGI_TEST_BUILD")
    assert 0 == run.returncode, run.stdout + run.stderr


def test_it_is_nobody_and_can_write_nothing_but_tmp() -> None:
    """The user is not root, and neither its own program nor the system can be changed."""
    said = _inside("-c", "import os, tempfile; tempfile.TemporaryFile().write(b'x'); print(os.getuid(), os.getgid())")
    assert ("10001 10001\n", "") == (said.stdout, said.stderr)
    for place in ("/app/x", "/opt/logi/x", "/etc/x", "/home/x"):
        assert "OSError" in _inside("-c", f"open({place!r}, 'w')").stderr


@pytest.mark.parametrize("tool", ["pip", "ensurepip", "uv"])
def test_there_is_no_installer(tool: str) -> None:
    """Whoever gets in cannot install anything, neither with the platform's Python nor with the base's."""
    for python in ("sys.executable", "sys._base_executable"):
        found = _inside("-c", f"import os, sys; os.execl({python}, 'python', '-I', '-m', {tool!r})")
        assert (1, True) == (found.returncode, f"No module named {tool}" in found.stderr), found.stderr


def test_it_says_what_it_misses() -> None:
    """A process without its settings ends at once with one message that names them all."""
    run = _podman("run", "--rm", *CONTAINED, TAG, "services.registry", options="LOGI_TEST_RUN")
    assert 2 == run.returncode
    assert all(name in run.stderr for name in ("LOGI_ISSUER", "LOGI_NATS_URL", "LOGI_POSTGRES_URL"))


@pytest.fixture
def registry(postgres_url: str, nats_server: Callable[[], Nats]) -> Iterator[int]:
    """The health port of a registry in a container, beside a real Postgres and NATS."""
    port, name = free_port(), f"logi-registry-{os.getpid()}"
    told = {
        "LOGI_ISSUER": "https://id.example.com",
        "LOGI_POSTGRES_URL": postgres_url,
        "LOGI_NATS_URL": nats_server().url,
        "LOGI_KEY_ENCRYPTION_KEYS": f"v1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "LOGI_SECRET_KEY_BASE": secrets.token_hex(64),
        "LOGI_HEALTH_PORT": str(port),
    }
    variables = [f"--env={key}={value}" for key, value in told.items()]
    start = _podman(
        "run", "--detach", "--name", name, *CONTAINED, *variables, TAG, "services.registry", options="LOGI_TEST_RUN"
    )
    assert 0 == start.returncode, start.stderr
    try:
        yield port
        began = time.monotonic()
        _podman("stop", "--time=15", name)
        log = _podman("logs", name)
        assert "process.ending" in log.stdout + log.stderr
        assert time.monotonic() - began < 15
    finally:
        _podman("rm", "--force", name)


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


def test_a_service_lives_in_it(registry: int) -> None:
    """Contained as in production it becomes ready, shows metrics that dashboards know, and ends when it is told to."""
    deadline = time.monotonic() + 60
    while (found := _get(registry, "/readyz"))[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert 200 == found[0], found
    families = text_string_to_metric_families(_get(registry, "/metrics")[1])
    ours = {s.name for f in families for s in f.samples if not s.name.startswith(("python_", "process_", "target_"))}
    assert "events_outbox_waiting_seconds" in ours
    assert set() == ours - emitted.samples()
