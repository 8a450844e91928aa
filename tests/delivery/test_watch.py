"""What operators are told of deliveries as a whole (delivery.md 13)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.delivery.ground import Ground
from services.delivery.watch import store
from tests.delivery.builders import accepted, an_application, an_event, known


@pytest.fixture(autouse=True)
async def nothing_else(ground: Ground) -> AsyncIterator[None]:
    await ground.db.execute("delete from webhook_outbox")
    yield
    await ground.db.execute("delete from webhook_outbox")


async def due_since(ground: Ground, client_id: str, minutes: int) -> None:
    await ground.db.execute(
        "update webhook_outbox set next_retry_at = now() - $2::interval, enqueued_at = now() - interval '1 day'"
        " where client_id = $1",
        client_id,
        timedelta(minutes=minutes),
    )


async def test_what_nobody_has_in_hand_is_overdue(ground: Ground) -> None:
    """Rows of a held lane, of a receiver that is down and of an unknown application are not; all count as old."""
    stuck, held, down, unknown = (an_application(webhook_url="http://127.0.0.1:9/") for _ in range(4))
    for app in (stuck, held, down):
        await known(ground, app)
    await accepted(ground, an_event(*(app.client_id for app in (stuck, held, down, unknown))))
    await due_since(ground, stuck.client_id, 2)
    for app in (held, down, unknown):
        await due_since(ground, app.client_id, 60)
    lanes = "update lanes set held_until = $2, open_until = $3 where client_id = $1"
    later = ground.clock.now() + timedelta(minutes=1)
    await ground.db.execute(lanes, held.client_id, later, None)
    await ground.db.execute(lanes, down.client_id, None, later)
    found = await store.state(ground.db, ground.clock.now())
    assert (120, 4, 1) == (round(found.overdue_seconds, -1), found.waiting, found.open_circuits)
    assert 86400 == round(found.oldest_seconds, -2)


async def test_order_is_no_delay_of_ours(ground: Ground) -> None:
    """An event that waits for the one before it of the same person is not overdue."""
    app = an_application(webhook_url="http://127.0.0.1:9/", webhook_ordered=True)
    await known(ground, app)
    first, second = an_event(app.client_id), an_event(app.client_id)
    await accepted(ground, first, second)
    await due_since(ground, app.client_id, 5)
    await ground.db.execute(
        "update webhook_outbox set next_retry_at = now() + interval '1 hour' where event_id = $1", first.event_id
    )
    assert 0 == (await store.state(ground.db, ground.clock.now())).overdue_seconds


async def test_the_dead_and_the_disabled_are_counted(ground: Ground) -> None:
    """Dead letters wait for nobody."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    before = (await store.state(ground.db, ground.clock.now())).disabled_endpoints
    await accepted(ground, an_event(app.client_id))
    await ground.db.execute("update webhook_outbox set dlq_at = now() where client_id = $1", app.client_id)
    await ground.db.execute(
        "update endpoints set disabled_at = now(), disabled_reason = 'gone' where client_id = $1", app.client_id
    )
    found = await store.state(ground.db, ground.clock.now())
    assert (0, 0, 0, 1, before + 1) == (
        found.overdue_seconds,
        found.oldest_seconds,
        found.waiting,
        found.dead,
        found.disabled_endpoints,
    )
