"""The state machine and the documentation's table are one."""

import re
from pathlib import Path

import pytest

from services.registry.applications import lifecycle
from services.registry.applications.lifecycle import Happening

CONTRACT = Path(__file__).parents[2] / "docs" / "contracts" / "registry.md"


def test_the_printed_table_is_the_documented_one() -> None:
    """Whoever reads section 6 of the contract reads what the code does."""
    section = CONTRACT.read_text().split("## 6. Application lifecycle")[1].split("## 7.")[0]
    documented = re.findall(r"^\|.*\|$", section, re.MULTILINE)
    assert documented == lifecycle.printed().splitlines()


def test_every_happening_stands_in_the_table() -> None:
    """What a verb can name is in the documentation."""
    assert set(Happening) == {row.on for row in lifecycle.TABLE}


@pytest.mark.parametrize("row", lifecycle.TABLE, ids=lambda row: row.on.name)
def test_words_and_moves_agree(row: lifecycle.Row) -> None:
    """A target that is a status is the one that the line's words name."""
    for target in set(row.moves.values()) - {"same", "previous", "gone"}:
        assert target in row.words[2]
