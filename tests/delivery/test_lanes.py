"""What an application asked for, and what its receiver deserves: order, subscriptions, circuit breaker, disabling."""

import asyncio
from datetime import timedelta

import msgspec

from chassis.outbound import Outbound
from services.delivery.attempts.store import BREAKS_AT
from services.delivery.dispatch import store
from services.delivery.endpoints import store as endpoints
from services.delivery.ground import Ground
from tests.delivery.builders import a_row, accepted, an_application, an_event, dispatching, known, saved, until
from tests.delivery.receiver import Receiver


async def test_only_subscribed_types_are_pushed(ground: Ground) -> None:
    """An application that named types gets no push of others; its log has them all the same."""
    app = an_application(webhook_url="http://127.0.0.1:9/", webhook_event_types=("user.merged",))
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    assert (await a_row(ground, event.event_id))["skipped_at"] is not None
    assert 1 == await ground.db.fetchval("select count(*) from event_log where event_id = $1", event.event_id)


async def test_an_application_chooses_the_form_of_older_events(
    ground: Ground, outbound: Outbound, receiver: Receiver
) -> None:
    """Without the older form, an older event carries t, kid and v1 and no header of the older one."""
    app = an_application(webhook_url=receiver.url, webhook_legacy_signature=False)
    secrets = await known(ground, app)
    async with dispatching(ground, outbound):
        await accepted(ground, an_event(app.client_id))
        await receiver.wait_for(1)
    came = receiver.came[0].headers
    assert f"kid={secrets.kid}" in came["x-logi-signature"].split(",")
    assert {"x-logi-timestamp", "x-logi-secret-deprecated"}.isdisjoint(came)


async def test_the_older_form_is_marked_until_its_secret_is_rotated(
    ground: Ground, outbound: Outbound, receiver: Receiver
) -> None:
    """The deprecation headers stand on webhooks of the older form of an application that never rotated."""
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    async with dispatching(ground, outbound):
        await accepted(ground, an_event(app.client_id))
        await receiver.wait_for(1)
    assert "true" == receiver.came[0].headers["x-logi-secret-deprecated"]


async def test_order_per_subject(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """An event waits for the earlier one of its person, and not for those of others."""
    receiver.answers = [500]
    app = an_application(webhook_url=receiver.url, webhook_ordered=True)
    await known(ground, app)
    first, second = an_event(app.client_id, sub="1"), an_event(app.client_id, sub="1")
    other = an_event(app.client_id, sub="2")
    async with dispatching(ground, outbound):
        await accepted(ground, first)
        await until(ground, first.event_id, "last_status")
        await accepted(ground, second, other)
        await until(ground, other.event_id, "delivered_at")
        assert 0 == (await a_row(ground, second.event_id))["attempts"]
        await ground.db.execute("update webhook_outbox set next_retry_at = now() where event_id = $1", first.event_id)
        await until(ground, second.event_id, "delivered_at")
    came = [each.headers["x-logi-event-id"] for each in receiver.came]
    assert [first.event_id, other.event_id, first.event_id, second.event_id] == came


async def test_a_receiver_that_is_down_is_left_alone(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """After five failures in a row nothing is sent for a while, then one request; its success opens the way for all."""
    receiver.answers = [503] * 8
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    events = [an_event(app.client_id) for _ in range(12)]
    async with dispatching(ground, outbound):
        await accepted(ground, *events)
        async with asyncio.timeout(30):
            while not await _rests(ground, app.client_id):
                await asyncio.sleep(0.01)
        # Four were on their way when the circuit broke; the others stayed here.
        assert BREAKS_AT <= len(receiver.came) < BREAKS_AT + 4
        lane = await ground.db.fetchrow("select * from lanes where client_id = $1", app.client_id)
        assert lane is not None
        assert lane["open_until"] is not None
        now = ground.clock.now()
        assert [] == await store.claim(ground.db, "worker-1", now, 10, 4, {})
        receiver.answers.clear()
        await ground.db.execute("update lanes set open_until = now() where client_id = $1", app.client_id)
        await ground.db.execute("update webhook_outbox set next_retry_at = now() where client_id = $1", app.client_id)
        for event in events:
            await until(ground, event.event_id, "delivered_at")


async def test_an_open_circuit_admits_one(ground: Ground) -> None:
    """Whether a receiver is back is tried with one request, by one worker."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    await accepted(ground, *(an_event(app.client_id) for _ in range(5)))
    now = ground.clock.now() + timedelta(seconds=1)
    await ground.db.execute("update lanes set failures = 5, open_until = now() where client_id = $1", app.client_id)
    assert 1 == len(await store.claim(ground.db, "one", now, 10, 4, {}))
    assert [] == await store.claim(ground.db, "one", now, 10, 4, {app.client_id: 1})
    assert [] == await store.claim(ground.db, "two", now, 10, 4, {})
    await store.release(ground.db, "one")
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", app.client_id)


async def test_a_lane_has_one_worker(ground: Ground) -> None:
    """Four requests at a time are four over all processes: who sends to a receiver does so alone."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    await accepted(ground, *(an_event(app.client_id) for _ in range(6)))
    now = ground.clock.now() + timedelta(seconds=1)
    assert 4 == len(await store.claim(ground.db, "one", now, 10, 4, {}))
    assert [] == await store.claim(ground.db, "two", now, 10, 4, {})
    await store.release(ground.db, "one")
    assert 4 == len(await store.claim(ground.db, "two", now, 10, 4, {}))
    await store.release(ground.db, "two")
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", app.client_id)


async def test_410_disables_until_the_url_is_saved(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """Gone is announced once, for a mail; saving the same URL is enough to be pushed to again."""
    receiver.answers = [410]
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    async with dispatching(ground, outbound):
        event = an_event(app.client_id)
        await accepted(ground, event)
        await until(ground, event.event_id, "dlq_at")
        quiet = an_event(app.client_id)
        await accepted(ground, quiet)
        assert (await a_row(ground, quiet.event_id))["skipped_at"] is not None
        await saved(ground, msgspec.structs.replace(app, name="Renamed", version=2), webhook=False)
        assert "gone" == await endpoints.disabled_because(ground.db, app.client_id)
        await saved(ground, app)
        again = an_event(app.client_id)
        await accepted(ground, again)
        await until(ground, again.event_id, "delivered_at")
    assert 1 == await _announced(ground, "delivery.endpoint.disabled", app.client_id)


async def test_another_url_begins_anew(ground: Ground) -> None:
    """What the old one did, failures of days and a circuit that is open, is not held against it."""
    app = an_application(webhook_url="http://127.0.0.1:9/old")
    await known(ground, app)
    await ground.db.execute(
        "update lanes set failures = 7, open_until = now() + interval '1 hour',"
        " failing_since = now() - interval '5 days'"
        " where client_id = $1",
        app.client_id,
    )
    lane = "select failures, open_until is null, failing_since is null from lanes where client_id = $1"
    for version, url, failures in ((2, "http://127.0.0.1:9/old", 7), (3, "http://127.0.0.1:9/new", 0)):
        await known(ground, msgspec.structs.replace(app, version=version, webhook_url=url))
        begun = failures == 0
        assert (failures, begun, begun) == tuple(await ground.db.fetchrow(lane, app.client_id) or ())


async def test_five_days_of_failures_disable(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """Nothing but failures for five days ends the pushes; its owner is told of both, once a day and once."""
    receiver.answers = [400, 400, 400]
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    first, second, third = (an_event(app.client_id) for _ in range(3))
    async with dispatching(ground, outbound):
        for event in (first, second):
            await accepted(ground, event)
            await until(ground, event.event_id, "dlq_at")
        await ground.db.execute(
            "update lanes set failing_since = now() - interval '6 days' where client_id = $1", app.client_id
        )
        await accepted(ground, third)
        await until(ground, third.event_id, "dlq_at")
    endpoint = await ground.db.fetchrow("select * from endpoints where client_id = $1", app.client_id)
    assert endpoint is not None
    assert "failing" == endpoint["disabled_reason"]
    assert 1 == await _announced(ground, "delivery.endpoint.failing", app.client_id)
    assert 1 == await _announced(ground, "delivery.endpoint.disabled", app.client_id)


async def _rests(ground: Ground, client_id: str) -> bool:
    """Whether its circuit is open and no attempt is under way."""
    rests: bool = await ground.db.fetchval(
        "select open_until is not null and not exists"
        " (select from webhook_outbox o where o.client_id = lanes.client_id and o.locked_by is not null)"
        " from lanes where client_id = $1",
        client_id,
    )
    return rests


async def _announced(ground: Ground, tag: str, client_id: str) -> int:
    found: int = await ground.db.fetchval(
        "select count(*) from outbox where tag = $1 and convert_from(payload, 'UTF8')::jsonb ->> 'client_id' = $2",
        tag,
        client_id,
    )
    return found
