"""Every letter can be written, in both languages, with nothing but the places that its sender fills."""

import uuid
from datetime import UTC, datetime

import pytest

from chassis.web.languages import LANGUAGES, Language
from services.auth.mail.letters import Writer
from services.auth.mail.outbox import Claimed, Letter

PLACES = {
    "verify_email": {},
    "verify_new_email": {},
    "already_registered": {},
    "reset_password": {},
    "password_changed": {"time": "2026-05-11 12:00 UTC"},
    "email_change_asked": {"address": "<b>next@example.com</b>"},
    "email_changed": {"address": "<b>next@example.com</b>"},
}
"""Of the letters about signing in: what the code that sends them knows."""


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_written(kind: str, language: Language) -> None:
    """Subject, plain text with the one link, HTML in which a stranger's text is text."""
    letter = Letter(
        kind=kind,
        recipient="ada@example.com",
        language=language,
        link="http://localhost:8000/x?t=1",
        places=PLACES[kind],
    )
    claimed = Claimed(
        id=1, key=uuid.uuid4(), kind=kind, recipient=letter.recipient, language=language, sealed=b"", tries=1
    )
    now = datetime(2026, 5, 11, 12, tzinfo=UTC)
    message = Writer("http://localhost:8000", "logi <no-reply@logi.example>").write(claimed, letter, now)
    plain, html = (message.get_body((part,)).get_content() for part in ("plain", "html"))
    assert (language, True) == (message["Content-Language"], bool(str(message["Subject"]).strip()))
    assert 1 == plain.count(letter.link)
    assert "<b>next" not in html
    for place in PLACES[kind].values():
        assert place in plain
