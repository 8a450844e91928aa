"""Owners of an application are written to when something happened to it."""

from typing import get_args

import pytest

from chassis.settings import Secret
from contracts.events.notices import Occasion, OwnersAlerted
from contracts.ids import new_event_id
from services.auth.accounts import store
from services.auth.accounts.store import Account, NewAccount
from services.auth.mail import alerts
from services.auth.mail.letters import Writer
from services.auth.mail.postman import Postman, Server
from tests.auth.mail.test_postman import Sink, sink
from tests.auth.people import ISSUER, NOON, People

__all__ = ["sink"]


async def an_account(process: People, name: str, level: int, language: str = "en") -> Account:
    new = NewAccount(
        email=f"{name}@example.com",
        email_key=f"{name}@example.com",
        password_hash="x",
        role="developer",
        identity_verified_level=level,
        language=language,
    )
    async with process.ground.db.transaction() as tx:
        account = await store.insert(tx, new, NOON)
    assert account is not None
    return account


async def told(process: People, url: str, occasion: Occasion, *user_ids: int) -> int:
    """How many letters went out."""
    event = OwnersAlerted(
        event_id=new_event_id(NOON),
        occurred_at=NOON,
        occasion=occasion,
        application_id=42,
        application_name="Acme <b>Notes</b> {x}",
        user_ids=user_ids,
        host="notes.acme.example",
        reason="dns_nxdomain",
    )
    async with process.ground.db.transaction() as tx:
        await alerts.owners(process.ground, tx, event)
    ground = process.ground
    writer = Writer(ISSUER, "logi <no-reply@logi.example>")
    return await Postman(ground.db, ground.vault, process.clock, writer, Server(Secret(url))).deliver()


async def test_each_owner_in_their_language(process: People, sink: tuple[Sink, str]) -> None:
    """Whoever has proven their address gets one letter with the app, the host, the reason and where to look."""
    ada, bo = await an_account(process, "ada", 1), await an_account(process, "bo", 1, "ko")
    unproven = await an_account(process, "eve", 0)
    assert 2 == await told(process, sink[1], "redirect_uri_lapsed", ada.id, bo.id, unproven.id, 999_999)
    letters = {str(message["To"]): message for message in sink[0].taken}
    assert {"ada@example.com", "bo@example.com"} == set(letters)
    text, html = (letters["ada@example.com"].get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    for part in (
        "Acme <b>Notes</b> {x}",
        "notes.acme.example",
        "dns_nxdomain",
        f"{ISSUER}/developer/applications/42/hosts",
    ):
        assert part in text.get_content()
    assert "<b>" not in html.get_content()
    assert "만료" in str(letters["bo@example.com"]["Subject"])


@pytest.mark.parametrize("occasion", get_args(Occasion))
async def test_every_occasion_has_words(process: People, sink: tuple[Sink, str], occasion: Occasion) -> None:
    """No occasion that can be announced is without a letter, and its subject names the host or the app it is about."""
    owner = await an_account(process, f"owner-{occasion}", 1)
    assert 1 == await told(process, sink[1], occasion, owner.id)
    about = "Acme <b>Notes</b> {x}" if occasion.startswith(("app_", "secret_")) else "notes.acme.example"
    assert about in str(sink[0].taken[0]["Subject"])
