"""Dead letters as administrators handle them (delivery.md 3, 5.3 and 11.7)."""

from datetime import timedelta

import httpx

from contracts.applications import Application
from services.delivery.ground import Ground
from services.delivery.signing import canonical
from tests.delivery.builders import a_person, a_row, accepted, an_admin, an_application, an_event, audited, known
from tests.delivery.registrar import Registrar
from tests.gateless import as_caller

ADMIN = as_caller(an_admin())
BASE = "/api/v1/admin/webhook_outbox"


async def a_dead_row(ground: Ground, app: Application) -> int:
    event = an_event(app.client_id)
    await accepted(ground, event)
    await ground.db.execute(
        "update webhook_outbox set dlq_at = now(), attempts = 10, next_retry_at = now() + interval '1 day'"
        " where event_id = $1",
        event.event_id,
    )
    return int((await a_row(ground, event.event_id))["id"])


async def an_app(ground: Ground) -> Application:
    """Its address answers nobody, and nothing here dispatches."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    return app


async def test_listing(ground: Ground, http: httpx.AsyncClient) -> None:
    """Rows by status and application, without payloads; one row with payload and attempts; for administrators only."""
    app = await an_app(ground)
    dead, waiting = await a_dead_row(ground, app), an_event(app.client_id)
    await accepted(ground, waiting)
    listed = (await http.get(f"{BASE}?status=dead&app={app.id}", headers=ADMIN)).json()
    assert [(dead, "dead", app.id)] == [(r["id"], r["status"], r["oauth_application_id"]) for r in listed["rows"]]
    pending = (await http.get(f"{BASE}?status=pending&app={app.id}", headers=ADMIN)).json()
    assert [waiting.event_id] == [row["event_id"] for row in pending["rows"]]
    assert {"raw_payload", "signature"}.isdisjoint(pending["rows"][0])
    shown = (await http.get(f"{BASE}/{dead}", headers=ADMIN)).json()
    assert "user.unlinked" == shown["payload"]["event_type"]
    refused = await http.get(BASE, headers=as_caller(a_person(3, scopes=("admin:read",))))
    assert (403, "forbidden_role") == (refused.status_code, refused.json()["error"])
    assert 404 == (await http.get(f"{BASE}/999999999", headers=ADMIN)).status_code


async def test_checklist_7_replay(ground: Ground, http: httpx.AsyncClient, registrar: Registrar) -> None:
    """Replay without step-up is 403, with a reused nonce 409; success resets the three fields, and is audited."""
    app = await an_app(ground)
    row, other = await a_dead_row(ground, app), await a_dead_row(ground, app)
    refused = await http.post(f"{BASE}/{row}/retry", json={"action_request_nonce": "guess"}, headers=ADMIN)
    assert (403, "step_up_required") == (refused.status_code, refused.json()["error"])
    nonce = registrar.announce(1, "webhook_outbox.retry", str(row))
    elsewhere = await http.post(f"{BASE}/{other}/retry", json={"action_request_nonce": nonce}, headers=ADMIN)
    assert 403 == elsewhere.status_code
    done = await http.post(f"{BASE}/{row}/retry", json={"action_request_nonce": nonce}, headers=ADMIN)
    assert (200, "pending", 0, None) == (
        done.status_code,
        done.json()["status"],
        done.json()["attempts"],
        done.json()["dlq_at"],
    )
    stored = await ground.db.fetchrow("select * from webhook_outbox where id = $1", row)
    assert stored is not None
    assert stored["next_retry_at"] <= ground.clock.now()
    assert ground.clock.now() - stored["enqueued_at"] < timedelta(seconds=10)
    reused = await http.post(f"{BASE}/{row}/retry", json={"action_request_nonce": nonce}, headers=ADMIN)
    assert (409, "nonce_used") == (reused.status_code, reused.json()["error"])
    fresh = registrar.announce(1, "webhook_outbox.retry", str(row))
    alive = await http.post(f"{BASE}/{row}/retry", json={"action_request_nonce": fresh}, headers=ADMIN)
    assert (409, "not_dead") == (alive.status_code, alive.json()["error"])
    assert 1 == len(await audited(ground, "delivery.replayed", app.client_id))
    unknown = await http.post(f"{BASE}/999999999/retry", json={"action_request_nonce": fresh}, headers=ADMIN)
    assert 404 == unknown.status_code


async def test_replay_of_a_range(ground: Ground, http: httpx.AsyncClient, registrar: Registrar) -> None:
    """All dead rows of one application and time; another application's stay dead."""
    app, other = await an_app(ground), await an_app(ground)
    since, until = ground.clock.now() - timedelta(minutes=1), ground.clock.now() + timedelta(minutes=1)
    rows = [await a_dead_row(ground, app) for _ in range(3)]
    left = await a_dead_row(ground, other)
    target = f"{app.client_id} {canonical.timestamp(since)} {canonical.timestamp(until)}"
    body = {
        "app": app.id,
        "since": canonical.timestamp(since),
        "until": canonical.timestamp(until),
        "action_request_nonce": registrar.announce(1, "webhook_outbox.retry_range", target),
    }
    answer = await http.post(f"{BASE}/retry", json=body, headers=ADMIN)
    assert (200, {"count": 3}) == (answer.status_code, answer.json())
    dead = await ground.db.fetch(
        "select id from webhook_outbox where dlq_at is not null and id = any($1)", [*rows, left]
    )
    assert [left] == [row["id"] for row in dead]
    (line,) = await audited(ground, "delivery.replayed_range", app.client_id)
    assert 3 == line["detail"]["count"]


async def test_each_status_lists_its_rows(ground: Ground, http: httpx.AsyncClient) -> None:
    """What a row is said to be is what it is listed under, and under nothing else."""
    app = await an_app(ground)
    made = {}
    for change in (
        "delivered_at = now(), dlq_at = now() - interval '1 hour', attempts = 3",
        "dlq_at = now(), attempts = 10",
        "skipped_at = now()",
        "attempts = 0",
        "attempts = 2, next_retry_at = now() + interval '1 hour'",
    ):
        event = an_event(app.client_id)
        await accepted(ground, event)
        await ground.db.execute(f"update webhook_outbox set {change} where event_id = $1", event.event_id)  # noqa: S608
        made[event.event_id] = change
    listed = (await http.get(f"{BASE}?app={app.id}", headers=ADMIN)).json()["rows"]
    assert list(reversed(made)) == [row["event_id"] for row in listed]
    for row in listed:
        (only,) = (await http.get(f"{BASE}?app={app.id}&status={row['status']}", headers=ADMIN)).json()["rows"]
        assert row == only
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", app.client_id)
