"""Every refusal that a caller can meet is in the contracts."""

import importlib
import re

from chassis.problems import Problem
from tests.architecture.sources import ROOT, python


def every(kind: type[Problem]) -> set[type[Problem]]:
    """All classes below `kind` that are the platform's own."""
    below = {deeper for direct in kind.__subclasses__() for deeper in {direct, *every(direct)}}
    return {found for found in below if not found.__module__.startswith("tests.")}


def refusals() -> set[type[Problem]]:
    """Every refusal of the platform; importing a module does nothing else, so all are imported."""
    for source in python("chassis", "services", "gateway"):
        if not source.path.endswith("__main__.py"):
            importlib.import_module(source.module)
    ours = {kind for kind in every(Problem) if kind.__module__.startswith(("chassis.", "services.", "gateway."))}
    return {kind for kind in ours if isinstance(vars(kind).get("code", kind.code), str)}


def test_every_refusal_is_documented() -> None:
    """Its code stands in docs/contracts, where a caller who meets it will look."""
    told = "\n".join(path.read_text() for path in (ROOT / "docs" / "contracts").glob("*.md"))
    words = set(re.findall(r"[a-z_]+", told))
    codes = {kind.code: f"{kind.__module__}.{kind.__qualname__}" for kind in refusals()}
    assert {} == {code: where for code, where in sorted(codes.items()) if code not in words}


def test_a_refusal_has_a_status_of_a_refusal() -> None:
    """A code is what RFC 6749 allows in one, and a status is one of a client's or a server's failure."""
    found = refusals()
    assert [] == [kind for kind in found if not re.fullmatch(r"[a-z0-9_.]+", kind.code)]
    assert [] == [kind for kind in found if not 400 <= kind.status <= 599]
