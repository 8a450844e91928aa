"""What is derived from code is checked in, and is what the code says today."""

import importlib
import subprocess
import sys

import msgspec
import pytest

from contracts.routes import RouteTable
from tests.architecture.sources import ROOT, services


def test_generated_files_are_up_to_date() -> None:
    """`make generate` would change nothing. In a process of its own: tests make events too, and those are not ours."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


@pytest.mark.parametrize("service", services())
def test_every_service_can_be_described(service: str) -> None:
    """The generator finds the routes of every service there is."""
    assert callable(getattr(importlib.import_module(f"services.{service}.app"), "described", None))


def test_one_owner_per_route() -> None:
    """No two services claim one method of one path."""
    owners: dict[tuple[str, str], list[str]] = {}
    for path in (ROOT / "services").glob("*/routes.json"):
        table = msgspec.json.decode(path.read_bytes(), type=RouteTable)
        assert path.parent.name == table.service
        for route in table.routes:
            owners.setdefault((route.method, route.path), []).append(table.service)
    assert {} == {route: claims for route, claims in owners.items() if len(claims) > 1}
