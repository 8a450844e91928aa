"""How a visitor's language is chosen, and what a catalogue refuses."""

from pathlib import Path

import pytest

from chassis.web.languages import WordMissing, Words, accepted


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("ko", "ko"), ("en;q=0.5, ko;q=0.9", "ko"), ("fr, ko;q=0.1", "ko"), ("fr", "en"), ("ko;q=x", "en")],
)
def test_the_best_known_language_is_taken(header: str, language: str) -> None:
    """By the weights of Accept-Language; what cannot be read weighs nothing."""
    assert language == accepted(header)


def test_a_missing_word_breaks_loudly(tmp_path: Path) -> None:
    """A template that uses a word no catalogue has, or leaves a place empty, fails where a test sees it."""
    (tmp_path / "en.json").write_text('{"hello": "Hello {name}"}')
    t = Words([tmp_path]).of("en")
    assert "Hello Ada" == t("hello", name="Ada")
    with pytest.raises(WordMissing, match="goodbye"):
        t("goodbye")
    with pytest.raises(WordMissing, match="name"):
        t("hello")
