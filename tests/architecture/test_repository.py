"""What is checked in works anywhere: no path of one machine, no registry's address, hashes on all that is fetched."""

import functools
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))

FOREIGN = {
    "a home folder": re.compile(rb"(?<![\w.])/(root|home/\w+)/"),
    "a folder of one machine": re.compile(rb"(?<![\w./-])/work/"),
}

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file())


@pytest.mark.parametrize("what", FOREIGN)
def test_no_path_of_a_machine(what: str) -> None:
    """A clone works wherever it lies."""
    this = Path(__file__)
    assert [] == [
        str(path.relative_to(ROOT)) for path in tracked() if path != this and FOREIGN[what].search(path.read_bytes())
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_hold_no_addresses(lock: Path) -> None:
    """Packages come from whatever index the machine is set up with."""
    assert [] == [
        line
        for line in lock.read_text().splitlines()
        if "://" in line or line.startswith(("--index", "--extra", "-f "))
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_by_hash(lock: Path) -> None:
    """Each package has one version and the hashes of its files."""
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert [] == [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry]


def pins(lock: str) -> dict[str, str]:
    """The version of each package of a lock."""
    found = map(PIN.match, (ROOT / "requirements" / lock).read_text().splitlines())
    return {match["name"]: match["version"] for match in found if match}


def test_production_runs_what_was_tested() -> None:
    """A package that production runs has the same version in the lock of development."""
    development = pins("dev.lock")
    assert pins("runtime.lock") == {name: development.get(name) for name in pins("runtime.lock")}


def test_make_lists_every_target() -> None:
    """A target that a person may call says what it does; `make` alone shows it."""
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets is not None
    described = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert set(targets[1].split()) == described


def test_makefile_has_no_other_targets() -> None:
    """What is not for a person is a file that make builds."""
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == set(
        re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)
    )
