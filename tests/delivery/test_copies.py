"""The copy of applications when registry's word comes late, or when registry has lost one to a restore."""

from services.delivery.dispatch import store as queue
from services.delivery.endpoints import store
from services.delivery.ground import Ground
from tests.delivery.builders import accepted, an_application, an_event, known


async def test_an_application_heard_of_before_its_record_gets_all_of_it(ground: Ground) -> None:
    """An event may come first; the record that follows is kept whole, its id and its type too."""
    app = an_application(client_type="public")
    await accepted(ground, an_event(app.client_id))
    async with ground.db.transaction() as tx:
        before = await store.keys(tx)
    await known(ground, app)
    async with ground.db.transaction() as tx:
        after = await store.keys(tx)
    row = await ground.db.fetchrow("select client_type from endpoints where client_id = $1", app.client_id)
    assert f"{0:019d}" not in before
    assert f"{app.id:019d}" in after
    assert row is not None
    assert "public" == row["client_type"]


async def test_pushes_of_an_application_that_registry_lost_do_not_wait(ground: Ground) -> None:
    """After a rebuild without it, its pushes can be claimed and skipped; no dispatcher circles around them."""
    app = an_application(webhook_url="http://127.0.0.1:9/hooks")
    await known(ground, app)
    await accepted(ground, an_event(app.client_id))
    async with ground.db.transaction() as tx:
        await store.distrust(tx)
        await store.bury(tx, [app.id])
    claimed = await queue.claim(ground.db, "worker", ground.clock.now(), 100, 4, {})
    assert [None] == [row.webhook_url for row in claimed if row.client_id == app.client_id]


async def test_a_push_without_a_record_is_not_claimed(ground: Ground) -> None:
    """What has no record yet waits, and is in nobody's hands."""
    app = an_application()
    await accepted(ground, an_event(app.client_id))
    claimed = await queue.claim(ground.db, "worker", ground.clock.now(), 100, 4, {})
    assert [] == [row for row in claimed if row.client_id == app.client_id]
