"""The card of an app's webhooks in the console, by forms alone."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from contracts.applications import Application
from contracts.principal import Session
from services.delivery.endpoints import store
from services.delivery.ground import Ground
from tests import gateless
from tests.delivery.builders import a_row, accepted, an_application, an_event, audited, known
from tests.delivery.registrar import Registrar

ME = 4711


def a_session(user_id: int = ME) -> Session:
    return Session(
        user_id=user_id,
        sub=str(user_id),
        role="developer",
        identity_verified_level=1,
        session_id="s",
        csrf_token="token",
        authenticated_at=datetime.now(UTC),
    )


class Card:
    """A developer before the page of one app."""

    def __init__(self, http: httpx.AsyncClient, app: Application) -> None:
        self.http, self.app, self.base = http, app, f"/developer/applications/{app.id}/webhooks"

    async def look(self, query: str = "", person: Session | None = None, language: str = "en") -> httpx.Response:
        headers = {**gateless.as_caller(person or a_session()), "accept": "text/html", "accept-language": language}
        return await self.http.get(self.base + query, headers=headers)

    async def press(self, what: str, **fields: Any) -> httpx.Response:
        headers = {**gateless.as_caller(a_session()), "accept": "text/html"}
        return await self.http.post(f"{self.base}/{what}", data={"csrf_token": "token", **fields}, headers=headers)


@pytest.fixture
async def card(ground: Ground, http: httpx.AsyncClient, registrar: Registrar) -> Card:
    app = an_application(webhook_url="http://127.0.0.1:9/hooks")
    await known(ground, app)
    registrar.owns(ME, app)
    return Card(http, app)


async def dead(ground: Ground, app: Application) -> dict[str, Any]:
    """A row that was given up."""
    event = an_event(app.client_id)
    await accepted(ground, event)
    await ground.db.execute(
        "update webhook_outbox set dlq_at = now(), attempts = 1, last_reason = 'http_404' where event_id = $1",
        event.event_id,
    )
    return await a_row(ground, event.event_id)


async def test_the_card(ground: Ground, card: Card) -> None:
    """Where they go and how they went, by state and in both languages; another person's app does not exist."""
    row = await dead(ground, card.app)
    page = await card.look()
    for part in ("http://127.0.0.1:9/hooks", row["event_id"], "user.unlinked", "Given up", "http_404", "Send again"):
        assert part in page.text, part
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert row["event_id"] not in (await card.look("?status=delivered")).text
    assert row["event_id"] in (await card.look("?status=dead")).text
    assert "포기함" in (await card.look(language="ko")).text
    assert 404 == (await card.look(person=a_session(ME + 1))).status_code
    signed_out = await card.http.get(card.base, headers={"accept": "text/html"})
    assert (303, True) == (signed_out.status_code, signed_out.headers["location"].startswith("/session/new"))


async def test_the_button_that_switches_on_again(ground: Ground, card: Card) -> None:
    """The page says why nothing is sent; one press and it is sent again, and it stands in the audit."""
    async with ground.db.transaction() as tx:
        await store.disable(tx, card.app.client_id, "gone", ground.clock.now())
    page = await card.look()
    assert ("switched off" in page.text, "answered 410" in page.text) == (True, True)
    assert 403 == (await card.http.post(f"{card.base}/enable", headers=gateless.as_caller(a_session()))).status_code
    assert 303 == (await card.press("enable")).status_code
    assert "switched off" not in (await card.look()).text
    (line,) = await audited(ground, "endpoint.enabled", card.app.client_id)
    assert (f"user:{ME}", "session") == (line["actor"], line["via"])


async def test_sending_again_and_testing(ground: Ground, card: Card) -> None:
    """A dead webhook waits anew; pressed twice it is one; a test is on the list; the eleventh is refused in words."""
    row = await dead(ground, card.app)
    for _ in range(2):
        assert 303 == (await card.press("redeliver", delivery_id=f"dlv_{row['id']}")).status_code
    again = await a_row(ground, row["event_id"])
    assert (None, 0) == (again["dlq_at"], again["attempts"])
    for _ in range(10):
        assert 303 == (await card.press("test")).status_code
    assert "webhook.test" in (await card.look()).text
    refused = await card.press("test")
    assert (429, True) == (refused.status_code, "Ten test sends" in refused.text)
    await ground.db.execute("delete from webhook_outbox where client_id = $1", card.app.client_id)


async def test_the_button_for_a_new_secret(card: Card) -> None:
    """It is on the page that answers, and on no later one; without a URL the page leads to where it is set."""
    made = await card.press("secret")
    assert (200, "no-store") == (made.status_code, made.headers["cache-control"])
    secret = re.search(r'<code id="webhook_secret">([^<]+)</code>', made.text)
    assert secret is not None
    assert secret[1] not in (await card.look()).text
    assert 403 == (await card.press("secret", csrf_token="stolen")).status_code
