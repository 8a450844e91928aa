"""Who may know whom: the import rules of ARCHITECTURE.md."""

import ast
import sys
from collections.abc import Iterator

from tests.architecture.sources import PACKAGES, Source, at, python, services

CONTRACTS_MAY = {"contracts", "msgspec", *sys.stdlib_module_names}

MAY: dict[str, set[str]] = {
    "contracts": {"contracts"},
    "chassis": {"chassis", "contracts"},
    "gateway": {"gateway", "chassis", "contracts"},
    "deploy": {"deploy", "chassis", "contracts"},
    **{f"services.{name}": {f"services.{name}", "chassis", "contracts"} for name in services()},
}
"""What of ours each package may import."""

WAIVED = {
    "deploy/generate.py": "it reads the routes of the services, at run time, to write them down",
}

OURS = {*PACKAGES, "tests", "bench"}


def imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Every module that a file imports, late imports included; what is imported from one counts as its part."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{at(source, node)}: a relative import hides who is known"
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_import_rules() -> None:
    """A package imports of ours only what it may know; a service never another one."""
    assert [] == [
        f"{at(source, node)}: {module}"
        for source in python()
        for node, module in imported(source)
        if within(module, OURS) and not within(module, MAY.get(source.package, set())) and source.path not in WAIVED
    ]


def test_contracts_are_msgspec_only() -> None:
    """Contracts can be read without any of the platform's dependencies but one."""
    assert [] == [
        f"{at(source, node)}: {module}"
        for source in python("contracts")
        for node, module in imported(source)
        if module.split(".")[0] not in CONTRACTS_MAY
    ]
