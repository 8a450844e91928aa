"""Tests stand where their code stands."""

from tests.architecture.sources import ROOT, services

FOLDERS = {
    "chassis": "chassis",
    "contracts": "contracts",
    "gateway": "gateway",
    "deploy": "deploy",
    **{f"services/{name}": name for name in services()},
}


def test_each_package_has_its_tests() -> None:
    """Every package of code has a folder of tests under its own name."""
    assert [] == [code for code, tests in FOLDERS.items() if not list((ROOT / "tests" / tests).rglob("test_*.py"))]


def test_each_part_of_the_chassis_has_its_tests() -> None:
    """A module or package of the chassis is found in its tests by its name."""
    parts = {
        path.stem for path in (ROOT / "chassis").iterdir() if path.stem != "__init__" and path.name != "__pycache__"
    }
    tested = {
        path.stem.removeprefix("test_") if path.is_file() else path.name for path in (ROOT / "tests/chassis").iterdir()
    }
    assert set() == parts - tested
