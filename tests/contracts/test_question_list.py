"""The list of questions in ARCHITECTURE.md is the list of questions that there are."""

import importlib
import pkgutil
import re
from pathlib import Path

from contracts import questions
from contracts.questions import Question

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"
ROW = re.compile(r"^\| `([a-z_]+(?:\.[a-z_]+)+)` \|", re.MULTILINE)


def test_every_question_is_listed_with_its_reason() -> None:
    """Synchronous requests stay few because each has to stand there with the reason why an event would not do."""
    for module in pkgutil.iter_modules(questions.__path__, f"{questions.__name__}."):
        importlib.import_module(module.name)
    known = {
        f"{each.owner}.{each.name}" for each in Question.__subclasses__() if each.__module__.startswith("contracts.")
    }
    assert known == set(ROW.findall(ARCHITECTURE.read_text()))
