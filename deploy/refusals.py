"""Every code that a caller can meet, read from the classes of refusals: what the page behind `error_uri` lists."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chassis.problems import Problem
from chassis.web import refusals

FOLDERS = ("chassis", "services", "gateway")
REDIRECTED = "BackToClient"
"""What is told by redirect is no Problem: its code is the first argument of this one."""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """`statuses`: 302 where it is told by redirect; `causes`: sentences of ours that may stand in error_description."""

    code: str
    statuses: list[int]
    causes: list[str]


def codes(root: Path) -> list[Code]:
    """Sorted by code."""
    statuses: dict[str, set[int]] = {}
    causes: dict[str, set[str]] = {}
    for code, status, cause in _found(root):
        statuses.setdefault(code, set()).add(status)
        causes.setdefault(code, set()).update({cause} - {""})
    return [Code(code=code, statuses=sorted(statuses[code]), causes=sorted(causes[code])) for code in sorted(statuses)]


def _found(root: Path) -> Iterator[tuple[str, int, str]]:
    files = sorted(file for folder in FOLDERS for file in (root / folder).rglob("*.py"))
    for file in files:
        if file.name != "__main__.py":
            importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
        yield from ((code, 302, cause) for code, cause in _redirected(ast.parse(file.read_text())))
    for kind in _below(Problem):
        code: object = kind.code  # a property, where each instance has its own
        if kind.__module__.startswith(FOLDERS) and isinstance(code, str):
            yield code, kind.status, kind.default_detail
    yield from ((code, status, refusals.DETAILS[status]) for status, code in refusals.CODES.items())


def _redirected(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == REDIRECTED:
            said = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if said and isinstance(node.args[0], ast.Constant):
                yield said[0], said[1] if len(said) > 1 else ""


def _below(kind: type[Problem]) -> set[type[Problem]]:
    return {deeper for direct in kind.__subclasses__() for deeper in {direct, *_below(direct)}}
