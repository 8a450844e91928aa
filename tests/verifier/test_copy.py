"""A copy of applications that is rebuilt from registry's snapshot is what registry has (chassis.events.rebuild)."""

import msgspec

from chassis.events import Record
from services.verifier.copy import Copy
from services.verifier.health import store
from services.verifier.redirect_uris import store as checks
from tests.verifier.rp import Party, echoing
from tests.verifier.world import World


async def test_a_rebuilt_copy(world: World) -> None:
    """After a restore an older version counts again; what registry has no more is gone with secret and checks."""
    stays, goes = await Party(world, echoing()).begin(), await Party(world, echoing()).begin()
    await stays.changed(redirect_uris=world.uris("https://later.example/cb"))
    copy = Copy(stays.ground)
    first = msgspec.structs.replace(stays.app, version=1, redirect_uris=world.uris("https://restored.example/cb"))
    record = Record(f"{first.id:019d}", 1, msgspec.json.encode(first))
    async with stays.ground.db.transaction() as tx:
        assert {f"{party.app.id:019d}" for party in (stays, goes)} <= set(await copy.keys(tx))
        await copy.apply(tx, record)
        held = await store.find(tx, stays.app.id)
        assert held is not None
        assert "later.example" == held.host, "an older version is passed over"
        await copy.distrust(tx)
        await copy.apply(tx, record)
        await copy.remove(tx, [f"{goes.app.id:019d}"])
    assert "restored.example" == (await stays.health()).host
    assert (True, None) == ((await goes.health()).deleted, (await goes.health()).next_probe_at)
    assert {} == await checks.checks(goes.ground.db, goes.app.id)
    async with goes.ground.db.transaction() as tx:
        assert goes.app.id not in await store.living(tx)
