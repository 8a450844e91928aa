"""Locks pin by hash alone: where packages come from is each machine's own business."""

from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

FOLDERS = (
    "requirements/*.lock",
    "bench/*/package-lock.json",
    "tests/*/javascript/package-lock.json",
    "tests/*/*/javascript/package-lock.json",
)
LOCKS = sorted(path for folder in FOLDERS for path in ROOT.glob(folder))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_holds_no_address(lock: Path) -> None:
    """No registry, no mirror, no other host."""
    assert [] == [line for line in lock.read_text().splitlines() if "://" in line]
