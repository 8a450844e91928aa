"""Files and functions that can be read at a glance, and that say what they are for."""

import ast
import re

from tests.architecture.sources import PACKAGES, Source, at, last_name, python

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 40
LINES_OF_A_TEST = 60

EVERYTHING = (*PACKAGES, "tests", "bench")

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

ABSTRACT = {
    "contracts/events/__init__.py": "the base of public events; msgspec's Structs cannot be abstract classes",
}

PRINTS = ("deploy/", "bench/")
"""Programs for a person at a terminal."""


def test_files_are_short() -> None:
    """No file is longer than 300 lines."""
    assert [] == [source.path for source in python(*EVERYTHING) if source.text.count("\n") > LINES_OF_A_FILE]


def test_functions_are_short() -> None:
    """No function is longer than 40 lines, no test than 60."""
    assert [] == [
        f"{at(source, found)}: {found.name} has {lines} lines"
        for source in python(*EVERYTHING)
        for found in source.functions()
        if (lines := (found.end_lineno or 0) - found.lineno + 1) > longest(source)
    ]


def longest(source: Source) -> int:
    """How many lines a function of this file may have."""
    return LINES_OF_A_TEST if source.package in ("tests", "bench") else LINES_OF_A_FUNCTION


def test_every_module_says_what_it_is_for() -> None:
    """A module begins with its purpose."""
    assert [] == [source.path for source in python(*EVERYTHING) if not ast.get_docstring(source.tree)]


def test_every_test_states_a_promise() -> None:
    """A test's docstring says what would be broken if it failed."""
    assert [] == [
        f"{at(source, found)}: {found.name}"
        for source in python("tests")
        for found in source.functions()
        if found.name.startswith("test_") and not ast.get_docstring(found)
    ]


def test_nothing_is_left_for_later() -> None:
    """What stands here is finished: no marks for later, no refusal to be implemented."""
    assert [] == [source.path for source in python() if UNFINISHED.search(source.text)]
    assert [] == [
        f"{at(source, node)}"
        for source in python()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Raise)
        and node.exc is not None
        and last_name(node.exc) == "NotImplementedError"
        and source.path not in ABSTRACT
    ]


def test_processes_speak_through_the_log() -> None:
    """Only programs for a terminal print."""
    assert [] == [
        at(source, call)
        for source in python()
        for call in source.calls()
        if isinstance(call.func, ast.Name) and call.func.id == "print" and not source.path.startswith(PRINTS)
    ]
