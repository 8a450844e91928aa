"""The delivery log and what a developer does with it: look, test, send again, recover, enable."""

import asyncio
from datetime import timedelta

import asyncpg
import httpx
import pytest

from chassis.outbound import Outbound
from contracts.applications import Application
from services.delivery.ground import Ground
from tests.delivery.builders import (
    a_client,
    a_person,
    a_row,
    accepted,
    an_application,
    an_event,
    audited,
    dispatching,
    known,
    until,
)
from tests.delivery.receiver import Receiver
from tests.delivery.registrar import Registrar
from tests.gateless import as_caller

OWNER = 7
ME = as_caller(a_person(OWNER))


@pytest.fixture
async def mine(ground: Ground, registrar: Registrar, receiver: Receiver) -> Application:
    app = an_application(webhook_url=receiver.url)
    registrar.owns(OWNER, app)
    await known(ground, app)
    return app


def path(app: Application, rest: str) -> str:
    return f"/api/v1/applications/{app.id}/{rest}"


async def test_the_log_shows_what_was_tried(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver, mine: Application
) -> None:
    """Each attempt with its answer, its duration and the very headers; the signature is there, no secret is."""
    receiver.answers = [500]
    async with dispatching(ground, outbound):
        event = an_event(mine.client_id)
        await accepted(ground, event)
        await until(ground, event.event_id, "last_status")
        await ground.db.execute("update webhook_outbox set next_retry_at = now() where event_id = $1", event.event_id)
        await until(ground, event.event_id, "delivered_at")
    listed = (await http.get(path(mine, "webhook_deliveries?status=delivered"), headers=ME)).json()
    (delivery,) = listed["deliveries"]
    assert (event.event_id, 2, 200) == (delivery["event_id"], delivery["attempt"], delivery["http_status"])
    shown = (await http.get(path(mine, f"webhook_deliveries/{delivery['delivery_id']}"), headers=ME)).json()
    assert ["retrying", "delivered"] == [attempt["status"] for attempt in shown["attempts"]]
    assert "http_500" == shown["attempts"][0]["reason"]
    assert "X-Logi-Signature" in dict(shown["attempts"][0]["request_headers"])
    assert event.event_id == shown["payload"]["event_id"]
    assert [] == (await http.get(path(mine, "webhook_deliveries?status=dead"), headers=ME)).json()["deliveries"]


async def test_others_see_nothing(http: httpx.AsyncClient, mine: Application) -> None:
    """For whoever is not in its organisation the application does not exist."""
    for rest in ("webhook_deliveries", "webhook_deliveries/dlv_1"):
        answer = await http.get(path(mine, rest), headers=as_caller(a_person(OWNER + 1)))
        assert (404, "not_found") == (answer.status_code, answer.json()["error"])
    scoped = as_caller(a_person(OWNER, scopes=("apps:read",)))
    answer = await http.post(path(mine, "webhook_test"), headers=scoped)
    assert (403, "insufficient_scope") == (answer.status_code, answer.json()["error"])


async def test_a_row_of_another_application_is_not_found(
    ground: Ground, http: httpx.AsyncClient, mine: Application
) -> None:
    """A delivery's number opens nothing to whom it does not belong."""
    other = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, other)
    event = an_event(other.client_id)
    await accepted(ground, event)
    row = await a_row(ground, event.event_id)
    for answer in (
        await http.get(path(mine, f"webhook_deliveries/dlv_{row['id']}"), headers=ME),
        await http.post(path(mine, f"webhook_deliveries/dlv_{row['id']}/redeliver"), headers=ME),
    ):
        assert 404 == answer.status_code
    await ground.db.execute("update webhook_outbox set skipped_at = now() where id = $1", row["id"])


async def test_pages_of_the_log(ground: Ground, http: httpx.AsyncClient, mine: Application) -> None:
    """The newest first, each row once, with a cursor while there is more."""
    events = [an_event(mine.client_id) for _ in range(5)]
    await accepted(ground, *events)
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", mine.client_id)
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await http.get(path(mine, "webhook_deliveries"), params=params, headers=ME)).json()
        found += [delivery["event_id"] for delivery in page["deliveries"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [event.event_id for event in reversed(events)] == found


async def test_redelivery_of_a_dead_row(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver, mine: Application
) -> None:
    """A dead row starts anew and arrives; one that is not dead is refused; both the deed and its author are audited."""
    receiver.answers = [404]
    event = an_event(mine.client_id)
    async with dispatching(ground, outbound):
        await accepted(ground, event)
        row = await until(ground, event.event_id, "dlq_at")
        answer = await http.post(path(mine, f"webhook_deliveries/dlv_{row['id']}_1/redeliver"), headers=ME)
        assert (200, "pending", 0) == (answer.status_code, answer.json()["status"], answer.json()["attempt"])
        await until(ground, event.event_id, "delivered_at")
        again = await http.post(path(mine, f"webhook_deliveries/dlv_{row['id']}/redeliver"), headers=ME)
    assert (409, "not_dead") == (again.status_code, again.json()["error"])
    (line,) = await audited(ground, "delivery.replayed", mine.client_id)
    assert (f"user:{OWNER}", "pak", event.event_id) == (line["actor"], line["via"], line["subject"])


async def test_recovery_includes_what_was_never_attempted(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver, mine: Application
) -> None:
    """All dead and skipped events since a moment are sent, delivered ones are not, older ones stay as they are."""
    receiver.answers = [404]
    began = ground.clock.now() - timedelta(seconds=1)
    dead, skipped, fine = (an_event(mine.client_id) for _ in range(3))
    async with dispatching(ground, outbound):
        await accepted(ground, dead)
        await until(ground, dead.event_id, "dlq_at")
        await accepted(ground, fine)
        await until(ground, fine.event_id, "delivered_at")
        await ground.db.execute("update endpoints set disabled_at = now() where client_id = $1", mine.client_id)
        await accepted(ground, skipped)
        body = {"since": began.isoformat()}
        refused = await http.post(path(mine, "webhook_deliveries/recover"), json=body, headers=ME)
        assert (409, "endpoint_disabled") == (refused.status_code, refused.json()["error"])
        enabled = await http.post(path(mine, "webhook_enable"), headers=ME)
        assert {"enabled": True} == enabled.json()
        answer = await http.post(path(mine, "webhook_deliveries/recover"), json=body, headers=ME)
        assert {"count": 2} == answer.json()
        for event in (dead, skipped):
            await until(ground, event.event_id, "delivered_at")
    came = [each.headers["x-logi-event-id"] for each in receiver.came]
    assert [1, 2, 1] == [came.count(each.event_id) for each in (fine, dead, skipped)]
    assert [2] == [line["detail"]["count"] for line in await audited(ground, "delivery.recovered", mine.client_id)]


async def test_a_test_send(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver, mine: Application
) -> None:
    """`webhook.test` arrives signed, is tried once even if it fails, and no poll shows it; the eleventh is refused."""
    receiver.answers = [500]
    async with dispatching(ground, outbound):
        answer = await http.post(path(mine, "webhook_test"), headers=ME)
        assert 202 == answer.status_code
        row = await until(ground, answer.json()["event_id"], "dlq_at")
    assert ("webhook.test", 1) == (row["event_type"], row["attempts"])
    assert receiver.came[0].headers["x-logi-signature"].startswith("t=")
    polled = await http.get("/api/v1/events", headers=as_caller(a_client(mine)))
    assert [] == polled.json()["events"]
    statuses = [(await http.post(path(mine, "webhook_test"), headers=ME)).status_code for _ in range(10)]
    assert [202] * 9 + [429] == statuses
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", mine.client_id)


async def test_the_excerpt_of_an_answer_is_harmless(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver, mine: Application
) -> None:
    """At most a kilobyte, without control characters of either kind or of direction, as text."""
    receiver.body = b"no\x00\x1b[31m <b>way</b>\xff" + "\x9b\u202e".encode() + b"x" * 5000
    async with dispatching(ground, outbound):
        event = an_event(mine.client_id)
        await accepted(ground, event)
        await until(ground, event.event_id, "delivered_at")
    listed = (await http.get(path(mine, "webhook_deliveries"), headers=ME)).json()
    excerpt = listed["deliveries"][0]["response_excerpt"]
    assert excerpt.startswith("no[31m <b>way</b>�xxx")
    assert len(excerpt) <= 1024


async def test_the_audit_cannot_be_changed(ground: Ground, http: httpx.AsyncClient, mine: Application) -> None:
    """What was done is appended to and neither altered nor removed, by anybody."""
    await http.post(path(mine, "webhook_test"), headers=ME)
    await asyncio.sleep(0)
    for sql in ("update audit set actor = 'nobody'", "delete from audit"):
        with pytest.raises(asyncpg.RaiseError):
            await ground.db.execute(sql)
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", mine.client_id)
