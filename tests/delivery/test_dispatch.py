"""From an accepted event to the receiver's socket."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from chassis.outbound import Answer, Outbound, Policy
from chassis.settings import Secret
from services.delivery.dispatch import store, worker
from services.delivery.dispatch.worker import Dispatcher
from services.delivery.ground import Ground
from services.delivery.signing import sign
from tests.delivery.builders import a_row, accepted, an_application, an_event, dispatching, known, until
from tests.delivery.receiver import Receiver


@pytest.fixture
async def dispatcher(ground: Ground, outbound: Outbound) -> AsyncIterator[Dispatcher]:
    async with dispatching(ground, outbound) as one:
        yield one


async def test_the_stored_bytes_are_sent_signed(ground: Ground, dispatcher: Dispatcher, receiver: Receiver) -> None:
    """What was stored is what arrives, with a MAC of the older form and Standard Webhooks headers beside it."""
    app = an_application(webhook_url=receiver.url)
    secrets = await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    await receiver.wait_for(1)
    came = receiver.came[0]
    row = await a_row(ground, event.event_id)
    assert came.body == row["raw_payload"]
    assert secrets.webhook_secret is not None
    assert secrets.signing_secret is not None
    assert came.headers["x-logi-signature"] == sign.legacy(sign.mac(Secret(secrets.webhook_secret), came.body))
    expected = sign.standard(
        Secret(secrets.signing_secret), event.event_id, int(came.headers["webhook-timestamp"]), came.body
    )
    assert came.headers["webhook-signature"] == expected


class Broken(Outbound):
    """A way out with a mistake in it."""

    async def fetch(self, *_: Any, **__: Any) -> Answer:
        raise ZeroDivisionError


async def test_a_mistake_of_ours_is_tried_again_by_the_schedule(ground: Ground) -> None:
    """It counts as an attempt and is in the log; the row does not come again and again at once."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    event = an_event(app.client_id)
    async with dispatching(ground, Broken(Policy(http_loopback=True))):
        await accepted(ground, event)
        row = await until(ground, event.event_id, "last_reason")
    assert ("internal_error", 1, None) == (row["last_reason"], row["attempts"], row["locked_by"])
    assert row["next_retry_at"] - row["last_attempt_at"] >= timedelta(seconds=4)
    await ground.db.execute("update webhook_outbox set skipped_at = now() where event_id = $1", event.event_id)


async def test_a_repeat_of_an_event_is_one_row(ground: Ground, dispatcher: Dispatcher, receiver: Receiver) -> None:
    """The log brings an event at least once; the receiver gets it once."""
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    await accepted(ground, event)
    await receiver.wait_for(1)
    await accepted(ground, event)
    await asyncio.sleep(0.2)
    assert len(receiver.came) == 1


async def test_failure_is_tried_again(ground: Ground, dispatcher: Dispatcher, receiver: Receiver) -> None:
    """A 500 waits for its next attempt; when that answers 200 the row is delivered."""
    receiver.answers = [500]
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    row = await until(ground, event.event_id, "last_status")
    assert (row["last_status"], row["last_reason"], row["delivered_at"]) == (500, "http_500", None)
    await ground.db.execute("update webhook_outbox set next_retry_at = now() where event_id = $1", event.event_id)
    await receiver.wait_for(2)
    assert receiver.came[1].headers["x-logi-attempt"] == "2"
    assert receiver.came[1].body == receiver.came[0].body


async def test_404_is_dead_and_410_disables(ground: Ground, dispatcher: Dispatcher, receiver: Receiver) -> None:
    """A final answer ends the row at once; after 410 nothing is pushed until the URL is saved again."""
    receiver.answers = [404, 410]
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    first, second, third = (an_event(app.client_id) for _ in range(3))
    await accepted(ground, first)
    await until(ground, first.event_id, "dlq_at")
    await accepted(ground, second)
    await until(ground, second.event_id, "dlq_at")
    await accepted(ground, third)
    await asyncio.sleep(0.3)
    assert len(receiver.came) == 2
    assert (await a_row(ground, first.event_id))["dlq_at"] is not None
    assert (await a_row(ground, third.event_id))["skipped_at"] is not None


async def test_a_url_that_turned_private_is_never_called(ground: Ground, dispatcher: Dispatcher) -> None:
    """The destination is judged at each dispatch: no packet, reason ssrf_blocked, final."""
    app = an_application(webhook_url="https://10.0.0.1/hooks")
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    assert (await until(ground, event.event_id, "dlq_at"))["last_reason"] == "ssrf_blocked"


async def test_a_dead_workers_rows_are_free_after_the_lease(ground: Ground) -> None:
    """What a worker claimed and never finished is claimed by another once the lease is over, not before."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    await accepted(ground, an_event(app.client_id))
    now = ground.clock.now() + timedelta(seconds=1)
    assert len(await store.claim(ground.db, "dead", now, 10, 4, {})) == 1
    assert await store.claim(ground.db, "heir", now + store.LEASE - timedelta(seconds=1), 10, 4, {}) == []
    taken = await store.claim(ground.db, "heir", now + store.LEASE + timedelta(seconds=1), 10, 4, {})
    assert [row.attempts for row in taken] == [2]
    await store.skip(ground.db, "heir", [row.id for row in taken], now)


async def test_an_event_may_come_before_its_application(
    ground: Ground, dispatcher: Dispatcher, receiver: Receiver
) -> None:
    """No order between producers is relied upon: the push waits for the record and then goes out."""
    app = an_application(webhook_url=receiver.url)
    await accepted(ground, an_event(app.client_id))
    await asyncio.sleep(0.2)
    await known(ground, app)
    await receiver.wait_for(1)


async def test_a_slow_receiver_costs_the_others_nothing(
    ground: Ground, dispatcher: Dispatcher, receiver: Receiver
) -> None:
    """Four at a time for each application: a receiver that hangs holds no more, and another one's event passes by."""
    slow = Receiver(held=asyncio.Event())
    await slow.start()
    crowd = an_application(webhook_url=slow.url)
    await known(ground, crowd)
    for _ in range(12):
        await accepted(ground, an_event(crowd.client_id))
    await slow.wait_for(4)
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    await accepted(ground, an_event(app.client_id))
    await receiver.wait_for(1)
    assert len(slow.came) == 4
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", crowd.client_id)
    assert slow.held is not None
    slow.held.set()
    await slow.stop()


async def test_a_drain_forgets_no_outcome(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """A worker that ends while outcomes are being recorded waits for that; none of its webhooks is sent again."""
    for turn in range(20):
        app = an_application(webhook_url=receiver.url)
        await known(ground, app)
        async with dispatching(ground, outbound, f"worker-{turn}"):
            event = an_event(app.client_id)
            await accepted(ground, event)
            await receiver.wait_for(turn + 1)
        assert (await a_row(ground, event.event_id))["delivered_at"] is not None


async def test_a_heartbeat_and_a_record_do_not_wait_for_each_other(
    ground: Ground, outbound: Outbound, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both change rows of several receivers: in a deadlock all stood still for the second until Postgres looks."""
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0.0)
    apps = [an_application(webhook_url=receiver.url) for _ in range(12)]
    for app in apps:
        await known(ground, app)
    begun = await deadlocks(ground)
    async with dispatching(ground, outbound):
        for _ in range(40):
            await accepted(ground, *(an_event(app.client_id) for app in apps))
        await receiver.wait_for(40 * len(apps), seconds=60)
    assert 0 == await deadlocks(ground) - begun


async def deadlocks(ground: Ground) -> int:
    """Those of this database so far; Postgres counts them before it ends either."""
    await ground.db.execute("select pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
    found: int = await ground.db.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    return found
