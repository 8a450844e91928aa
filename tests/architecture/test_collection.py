"""The list of tests is the same in every process: the workers of one run compare theirs before they begin."""

import os
import subprocess
import sys

from tests.architecture.sources import ROOT

COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", "-m", "not faults"]


def _collecting(seed: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTEST_ADDOPTS": ""}
    return subprocess.Popen(COLLECT, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_two_processes_find_the_same_tests() -> None:
    """No test is named after a random value, the address of an object or the order of a set."""
    both = [_collecting(seed) for seed in ("1", "2")]
    first, second = ([line for line in one.communicate()[0].splitlines() if "::" in line] for one in both)
    assert [0, 0] == [one.returncode for one in both]
    assert [] == [pair for pair in zip(first, second, strict=True) if len(set(pair)) > 1]
