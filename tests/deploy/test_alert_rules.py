"""The alert rules as Prometheus itself reads them: valid, and firing for what they are for, and for nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy import deployed
from tests.infra import debian

FOLDER = deployed.DEPLOY / "observability"
CASES = Path(__file__).parent / "alert_rules.yaml"


@pytest.fixture(scope="module")
def promtool() -> str:
    found = debian.installed("promtool", "prometheus")
    if found is None:
        pytest.skip("NOT PROVEN HERE: promtool is missing (Debian: prometheus), so Prometheus has not read the rules")
    return found


def _said(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(2 * debian.WITHIN)
def test_the_rules_are_valid(promtool: str) -> None:
    """All of them."""
    assert "SUCCESS" in _said(promtool, "check", "rules", FOLDER / "alerts.yaml")


@pytest.mark.timeout(2 * debian.WITHIN)
def test_the_rules_fire_for_what_they_are_for(promtool: str, tmp_path: Path) -> None:
    """Series of samples, and the alerts that they raise."""
    for file in (FOLDER / "alerts.yaml", CASES):
        shutil.copy(file, tmp_path)
    assert "SUCCESS" in _said(promtool, "test", "rules", tmp_path / CASES.name)
