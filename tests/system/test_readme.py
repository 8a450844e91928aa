"""The README's tour works as it is printed."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.system.stack import ROOT, Stack

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def _script(stack: Stack) -> str:
    """The tour's blocks as one script; starting and ending the platform is the fixture's."""
    blocks = [block for block in _BLOCK.findall((ROOT / "README.md").read_text()) if not block.startswith("make ")]
    script = "\n".join(blocks)
    for printed, here in [
        ("http://localhost:8000", stack.issuer),
        (".local/", f"{stack.home}/"),
        (".venv/bin/python", str(ROOT / ".venv/bin/python")),
    ]:
        script = script.replace(printed, here)
    return "set -euo pipefail\n" + script.replace("curl -s ", "curl -sS -w '%{stderr}%{http_code}\\n' ")


def test_the_tour_works_as_printed(stack: Stack, tmp_path: Path) -> None:
    """Every command of the five minutes answers as the text around it says."""
    if not (ROOT / ".venv/bin/python").exists():
        pytest.skip("README's tour is written for the environment that make sets up")
    done = subprocess.run(
        ["bash", "-c", _script(stack)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    statuses = re.findall(r"^(\d{3})$", done.stderr, re.MULTILINE)
    assert statuses == ["200", "201", "200", "200", "200", "200", "200", "200", "200", "401", "200"], done.stdout
