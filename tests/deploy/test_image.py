"""The image: what its Dockerfile promises."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT, services
from tests.deploy import deployed


def _said(instruction: str) -> list[str]:
    return [words for name, words in deployed.instructions() if name == instruction]


def test_the_linter_has_nothing_to_say() -> None:
    """hadolint, which knows what goes wrong in Dockerfiles, finds nothing, with no rule switched off."""
    linter = Path(sys.executable).parent / "hadolint"
    run = subprocess.run([linter, "--no-color", deployed.DEPLOY / "Dockerfile"], capture_output=True, check=False)
    assert ("", 0) == (run.stdout.decode(), run.returncode)
    assert "hadolint" not in (deployed.DEPLOY / "Dockerfile").read_text()


def test_every_stage_stands_on_the_base_that_is_given() -> None:
    """The base is a build argument, so that an operator builds on an image of their own."""
    assert {"${PYTHON_IMAGE}"} == {words.split(" AS ")[0] for words in _said("FROM")}


def test_packages_come_by_hash_and_nothing_is_compiled() -> None:
    """What is installed is exactly the lock, as wheels."""
    (install,) = [words for words in _said("RUN") if " install " in words]
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(install.split())
    assert "-r /tmp/runtime.lock" in install
    assert ["requirements/runtime.lock /tmp/runtime.lock"] == [w for w in _said("COPY") if "requirements" in w]


def test_the_last_stage_takes_only_results_and_has_no_installer() -> None:
    """Packages and program are copied in; pip is gone; nothing is installed."""
    every = deployed.instructions()
    last = every[max(place for place, (name, _) in enumerate(every) if name == "FROM") :]
    assert ["--from=packages /opt/logi /opt/logi", "--from=program /app /app"] == [w for n, w in last if n == "COPY"]
    (run,) = [words for name, words in last if name == "RUN"]
    assert run.startswith("rm -rf ")
    assert "pip*" in run


def test_it_runs_as_nobody_and_writes_nothing() -> None:
    """A user by number, which `runAsNonRoot` can judge, and no byte code written at run time."""
    (user,) = _said("USER")
    assert all(int(number) > 0 for number in user.split(":"))
    assert "1" == deployed.image_environment()["PYTHONDONTWRITEBYTECODE"]


def test_one_image_is_every_process() -> None:
    """The process is the argument: `gateway`, `services.auth migrate`."""
    assert ['["python", "-m"]'] == _said("ENTRYPOINT")
    assert ['["gateway"]'] == _said("CMD")
    copied = {words.split()[0] for words in _said("COPY") if not words.startswith("--from")}
    assert {"chassis", "contracts", "services", "gateway", "web"} <= copied
    assert [] == [name for name in services() if not (ROOT / "services" / name / "__main__.py").exists()]


def test_the_build_sees_only_what_it_needs() -> None:
    """The context is an allow-list: everything is ignored but what the Dockerfile copies."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert "*" == rules[0]
    copied = {words.split()[0].split("/")[0] for words in _said("COPY") if not words.startswith("--from")}
    assert copied == {rule[1:] for rule in rules if rule.startswith("!") and "/" not in rule}
