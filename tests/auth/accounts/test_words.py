"""The catalogues of pages and mails."""

import json
import re
from pathlib import Path

import pytest

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
