"""Webhooks and pushed tokens to every receiver that behaves badly on purpose."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from chassis.problems import InvalidRequest
from services.delivery.dispatch.post import EXCERPT_BYTES
from services.delivery.ground import Ground
from services.delivery.keys.ring import Ring
from services.delivery.ssf import streams
from services.delivery.ssf.push import Transmitter
from services.delivery.ssf.token import Signer
from tests.chassis.outbound.attacks import INSIDE, OTHERS, SERVERS
from tests.chassis.outbound.ordeal import Call, Hurried, met, met_another, met_inside
from tests.chassis.outbound.world import World, a_world
from tests.delivery.builders import a_row, accepted, an_application, an_event, dispatching, known

ISSUER = "http://localhost:8000"


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


@pytest.fixture
def push(ground: Ground) -> Call:
    """Pushes one security event token; answers why it has to go again, None once it is acknowledged."""

    async def call(client: Hurried, url: str) -> str | None:
        app = an_application()
        await known(ground, app)
        # Saved while its name was a good one: what is judged here is the push.
        wanted = streams.Wanted(method=streams.PUSH, endpoint_url=url, authorization="Bearer s3cret")
        stream = await streams.create(ground, None, app.client_id, wanted)
        await accepted(ground, an_event(app.client_id))
        await Transmitter(ground, Signer(Ring(ground.db, ground.vault, "set"), ISSUER), client, "worker").turn()
        row = await ground.db.fetchrow("select * from ssf_streams where id = $1", stream.id)
        await ground.db.execute("delete from ssf_streams where id = $1", stream.id)
        assert row is not None
        assert (row["last_error"] is None) == (row["failures"] == 0) == (row["cursor"] > stream.cursor)
        return None if row["last_error"] is None else str(row["last_error"])

    return call


async def saved(ground: Ground, client: Hurried, url: str) -> object:
    """Saves a stream that pushes there; answers all that the refusal says."""
    with pytest.raises(InvalidRequest) as refused:
        await streams.create(ground, client, "logi_1", streams.Wanted(method=streams.PUSH, endpoint_url=url))
    return refused.value.detail, refused.value.members


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


@pytest.mark.parametrize("attack", SERVERS)
async def test_servers_of_streams(internet: World, push: Call, attack: str) -> None:
    """A token that met no answer goes again, with the reason on its stream."""
    assert SERVERS[attack].reason == await met(internet, attack, push)


@pytest.mark.parametrize("certified", OTHERS)
async def test_certificates_of_others(internet: World, webhook: Call, push: Call, certified: tuple[str, ...]) -> None:
    """Nothing is posted to a server that cannot prove its name."""
    assert ("waiting", "tls_error") == await met_another(internet, certified, webhook)
    assert "tls_invalid" == await met_another(internet, certified, push)


@pytest.mark.parametrize("addresses", INSIDE)
async def test_names_that_lead_inside(
    internet: World, ground: Ground, webhook: Call, push: Call, addresses: tuple[str, ...]
) -> None:
    """One address that is not public is enough: no packet, and no stream is saved that would send one."""
    assert ("dead", "ssrf_blocked") == await met_inside(internet, addresses, webhook)
    assert "ssrf_blocked" == await met_inside(internet, addresses, push)
    refused = ("This `endpoint_url` may not be pushed to.", {"reason": "blocked_address"})
    assert refused == await met_inside(internet, addresses, partial(saved, ground))
