"""Webhooks to every receiver that behaves badly on purpose."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from services.delivery.dispatch.post import EXCERPT_BYTES
from services.delivery.ground import Ground
from tests.chassis.outbound.attacks import INSIDE, OTHERS, SERVERS
from tests.chassis.outbound.ordeal import Call, Hurried, met, met_another, met_inside
from tests.chassis.outbound.world import World, a_world
from tests.delivery.builders import a_row, accepted, an_application, an_event, dispatching, known


class Ended(NamedTuple):
    """How the first attempt ended."""

    state: str
    reason: str | None


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def webhook(ground: Ground) -> Call:
    """Sends one event the whole way, from the queue to the log of attempts."""

    async def call(client: Hurried, url: str) -> Ended:
        app = an_application(webhook_url=url)
        await known(ground, app)
        event = an_event(app.client_id)
        async with dispatching(ground, client):
            await accepted(ground, event)
            attempt = await _logged(ground, app.client_id)
        row = await a_row(ground, event.event_id)
        # An answer's first bytes are its developer's to see; of one that never was an answer there are none.
        assert len(attempt["response_excerpt"] or "") <= EXCERPT_BYTES
        assert attempt["response_excerpt"] is None or attempt["http_status"] == 200
        state = "delivered" if row["delivered_at"] else "dead" if row["dlq_at"] else "waiting"
        return Ended(state, row["last_reason"])

    return call


async def _logged(ground: Ground, client_id: str) -> dict[str, object]:
    while True:
        row = await ground.db.fetchrow("select * from webhook_attempts where client_id = $1", client_id)
        if row is not None:
            return dict(row)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("attack", SERVERS)
async def test_servers(internet: World, webhook: Call, attack: str) -> None:
    """A 200 is delivered however its body goes on, a redirect is dead, all else waits for the next attempt."""
    reason = SERVERS[attack].reason
    state = {None: "delivered", "redirect_not_followed": "dead"}.get(reason, "waiting")
    assert (state, reason) == await met(internet, attack, webhook)


@pytest.mark.parametrize("certified", OTHERS)
async def test_certificates_of_others(internet: World, webhook: Call, certified: tuple[str, ...]) -> None:
    """Nothing is posted to a server that cannot prove its name."""
    assert ("waiting", "tls_error") == await met_another(internet, certified, webhook)


@pytest.mark.parametrize("addresses", INSIDE)
async def test_names_that_lead_inside(internet: World, webhook: Call, addresses: tuple[str, ...]) -> None:
    """One address that is not public is enough: final, and no packet."""
    assert ("dead", "ssrf_blocked") == await met_inside(internet, addresses, webhook)
