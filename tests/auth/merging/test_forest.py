"""What the database itself refuses, whoever writes to it."""

import asyncio
from datetime import datetime

import asyncpg
import pytest

from services.auth.deletion import store as deletion
from services.auth.merging import store
from services.auth.merging.store import NewLink
from tests.auth.merging.builders import granted, people
from tests.auth.rp import World, an_app


async def link(world: World, linked: int, primary: int) -> None:
    """A merge without any of the verb's own checks, and without its locks."""
    now: datetime = world.clock.now()
    async with world.db.transaction() as tx:
        await store.absorb(tx, linked, primary, now)
        await asyncio.sleep(0.05)  # so that two of them at once overlap
        new = NewLink(
            primary_user_id=primary,
            linked_user_id=linked,
            merged_via="t3_otp",
            idempotency_key=f"t3:{linked}:{primary}",
            source_event_id=f"evt_{linked}_{primary}",  # type: ignore[arg-type] # any text
        )
        await store.insert(tx, new, now)


async def test_chains_and_circles(world: World) -> None:
    """A→B bars B→C, C→A and B→A."""
    a, b, c = [one.id for one in await people(world, "x1", "x2", "x3")]
    await link(world, a, b)
    for linked, primary in ((b, c), (c, a), (b, a), (a, c)):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await link(world, linked, primary)


@pytest.mark.parametrize("round_", range(5))
async def test_links_at_once_make_no_chain(world: World, round_: int) -> None:
    """A→B, B→C and C→A by three connections at once leave no account absorbed by one that is absorbed itself."""
    a, b, c = [one.id for one in await people(world, *(f"y{round_}{n}" for n in range(3)))]
    await asyncio.gather(*(link(world, *pair) for pair in ((a, b), (b, c), (c, a))), return_exceptions=True)
    links = await world.db.fetch("select linked_user_id, primary_user_id from identity_links")
    absorbed = {row["linked_user_id"] for row in links}
    assert set() == absorbed & {row["primary_user_id"] for row in links}


async def test_an_absorbed_account_stays_out_of_use(world: World) -> None:
    """Nobody reactivates it by mistake, and its link is never changed."""
    a, b = [one.id for one in await people(world, "z1", "z2")]
    await link(world, a, b)
    with pytest.raises(asyncpg.CheckViolationError):
        await world.db.execute("update users set suspended_at = null where id = $1", a)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await world.db.execute("update identity_links set primary_user_id = $1 where linked_user_id = $1", a)


async def test_an_account_is_not_its_own(world: World) -> None:
    """Not even by way of a link to itself."""
    (a,) = [one.id for one in await people(world, "w1")]
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await link(world, a, a)


async def test_whoever_is_gone_for_good_takes_the_absorbed_along(world: World) -> None:
    """Purging the survivor leaves neither the absorbed account nor the link, nor whom they had ever let in."""
    app = await world.tell(an_app())
    a, b = [one.id for one in await people(world, "v1", "v2")]
    for person in (a, b):
        await granted(world, person, app)
    await link(world, a, b)
    async with world.db.transaction() as tx:
        await deletion.remove(tx, b)
    assert 0 == await world.db.fetchval("select count(*) from acquaintances where client_id = $1", app.client_id)
    assert not await world.db.fetchval("select true from users where id = $1", a)
    assert not await world.db.fetchval("select true from identity_links where linked_user_id = $1", a)
