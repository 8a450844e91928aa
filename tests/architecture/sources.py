"""The house's own source as syntax trees, read once, for tests that judge how it is written."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PACKAGES = ("chassis", "contracts", "services", "gateway", "deploy")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source(msgspec.Struct, frozen=True):
    """One Python file; `path` is relative to the root, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """What the import rules speak of: `chassis`, `contracts`, `gateway`, `deploy`, or `services.<name>`."""
        parts = self.path.split("/")
        return ".".join(parts[:2]) if parts[0] == "services" and len(parts) > 2 else parts[0]

    def functions(self) -> Iterator[Function]:
        """Every function, however deep."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class, however deep."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                yield node

    def calls(self) -> Iterator[ast.Call]:
        """Every call, however deep."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node


@functools.cache
def python(*folders: str) -> tuple[Source, ...]:
    """The Python files under `folders`, all packages of the platform without any."""
    return tuple(
        Source(str(path.relative_to(ROOT)), text, ast.parse(text))
        for folder in folders or PACKAGES
        for path in sorted((ROOT / folder).rglob("*.py"))
        for text in (path.read_text(),)
    )


def services() -> list[str]:
    """The services there are."""
    return sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))


def at(source: Source, node: ast.stmt | ast.expr) -> str:
    """Where to look, as editors read it."""
    return f"{source.path}:{node.lineno}"


def last_name(expression: ast.expr) -> str:
    """`fetch` of `self._db.fetch`, `print` of `print`; empty for what has no name."""
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=called) | ast.Subscript(value=called):
            return last_name(called)
    return ""
