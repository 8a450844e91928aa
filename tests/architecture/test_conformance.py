"""A statement of conformance names tests; each of them exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

STATEMENTS = sorted(ROOT.glob("docs/conformance/*.md"))
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
VERDICT = re.compile(r"`tests/|not yet|does not apply|the rows of", re.IGNORECASE)


def _tests(path: Path) -> set[str]:
    if not path.exists():
        return set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda path: path.name)
def test_each_test_that_is_named_exists(statement: Path) -> None:
    """Whoever doubts a line can run its test."""
    named = NAMED.findall(statement.read_text())
    assert named
    assert [] == [f"{file}::{name}" for file, name in named if name not in _tests(ROOT / file)]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda path: path.name)
def test_each_clause_has_a_verdict(statement: Path) -> None:
    """A test, or an honest word on why there is none."""
    rows = [line for line in statement.read_text().splitlines() if line.startswith("| ") and "shown by" not in line]
    assert [] == [row for row in rows if not VERDICT.search(row)]
