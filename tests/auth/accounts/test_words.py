"""The catalogues of pages and mails."""

import json
import re
from pathlib import Path

import pytest

from chassis.web.languages import accepted
from chassis.web.pages import LOOK
from services.auth.accounts.routes import TEMPLATES
from services.auth.mail import letters

FOLDERS = [LOOK / "messages", *TEMPLATES, Path(letters.__file__).parent / "letters"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: "-".join(folder.parts[-2:]))
def test_both_languages_have_every_word(folder: Path) -> None:
    """English and Korean have the same keys with the same places to fill."""
    english, korean = (json.loads((folder / f"{language}.json").read_text()) for language in ("en", "ko"))
    assert sorted(english) == sorted(korean)
    places = re.compile(r"\{\w+\}")
    assert {k: sorted(places.findall(v)) for k, v in english.items()} == {
        k: sorted(places.findall(v)) for k, v in korean.items()
    }


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("ko", "ko"), ("en;q=0.5, ko;q=0.9", "ko"), ("fr, ko;q=0.1", "ko"), ("fr", "en"), ("ko;q=x", "en")],
)
def test_the_best_known_language_is_taken(header: str, language: str) -> None:
    """By the weights of Accept-Language; what cannot be read weighs nothing."""
    assert language == accepted(header)
