"""Auth's calls to servers that applications name, against every one that behaves badly on purpose."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.auth.clients.documents import Documents
from services.auth.clients.key_sets import KeySets
from services.auth.logout import outbox
from services.auth.logout.courier import Courier
from tests.auth.rp import World, an_app
from tests.chassis.outbound.attacks import INSIDE, OTHERS, SERVERS
from tests.chassis.outbound.ordeal import Call, Hurried, met, met_another, met_inside
from tests.chassis.outbound.world import World as Internet
from tests.chassis.outbound.world import a_world


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[Internet]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def document(world: World) -> Call:
    """Reads a client-id metadata document; answers the application it makes."""

    async def call(client: Hurried, url: str) -> object:
        return await Documents(world.db, world.clock, client).of(url)

    return call


@pytest.fixture
def key_set(world: World) -> Call:
    """Fetches a client's keys; answers those it has."""

    async def call(client: Hurried, url: str) -> object:
        return await KeySets(client, world.clock).at(url, "first")

    return call


@pytest.fixture
def notice(world: World) -> Call:
    """Carries a logout token; answers why it is not there yet, and whether it will be tried again."""

    async def call(client: Hurried, url: str) -> tuple[str | None, bool]:
        await world.db.execute("delete from logout_outbox")
        app = await world.tell(an_app(backchannel_logout_uri=url))
        async with world.db.transaction() as tx:
            await outbox.disconnected(tx, "42", app.client_id, world.clock.now())
        assert 1 == await Courier(world.ground, client).deliver()
        row = await world.db.fetchrow("select last_error, sent_at, failed_at from logout_outbox")
        assert row is not None
        return row["last_error"], row["sent_at"] is None and row["failed_at"] is None

    return call


@pytest.mark.parametrize("attack", SERVERS)
async def test_servers(internet: Internet, document: Call, key_set: Call, notice: Call, attack: str) -> None:
    """None makes a client or a key; a logout counts as told where a 200 arrived, and a redirect ends it."""
    reason = SERVERS[attack].reason
    assert await met(internet, attack, document) is None
    assert () == await met(internet, attack, key_set)
    again = reason not in {None, "redirect_not_followed"}
    assert (reason, again) == await met(internet, attack, notice)


@pytest.mark.parametrize("certified", OTHERS)
async def test_certificates_of_others(
    internet: Internet, document: Call, key_set: Call, notice: Call, certified: tuple[str, ...]
) -> None:
    """A server proves its name before it hears anything; a logout waits until it does."""
    assert await met_another(internet, certified, document) is None
    assert () == await met_another(internet, certified, key_set)
    assert ("tls_invalid", True) == await met_another(internet, certified, notice)


@pytest.mark.parametrize("addresses", INSIDE)
async def test_names_that_lead_inside(
    internet: Internet, document: Call, key_set: Call, notice: Call, addresses: tuple[str, ...]
) -> None:
    """One address that is not public spoils the name for each call; a logout there is given up at once."""
    assert await met_inside(internet, addresses, document) is None
    assert () == await met_inside(internet, addresses, key_set)
    assert ("blocked_address", False) == await met_inside(internet, addresses, notice)
