"""Thirty days: what is older is gone, and a cursor that went with it says so."""

from datetime import timedelta

import httpx

from contracts import ids
from services.delivery import upkeep
from services.delivery.ground import Ground
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.gateless import as_caller


async def test_old_rows_go(ground: Ground, http: httpx.AsyncClient) -> None:
    """Log, queue and attempts lose what is older than thirty days, and nothing younger; its cursor is expired."""
    app = an_application()
    await known(ground, app)
    long_ago = ground.clock.now() - timedelta(days=31)
    old = an_event(app.client_id, event_id=ids.new_event_id(long_ago), occurred_at=long_ago)
    young = an_event(app.client_id)
    await accepted(ground, old, young)
    await ground.db.execute("update webhook_outbox set enqueued_at = $1 where event_id = $2", long_ago, old.event_id)
    await ground.db.execute(
        "insert into webhook_attempts (outbox_id, attempt, client_id, started_at, duration_ms, status, request_headers)"
        " values (1, 1, $1, $2, 1, 'dead', '[]'), (1, 2, $1, now(), 1, 'dead', '[]')",
        app.client_id,
        long_ago,
    )
    await upkeep.once(ground)
    log = await ground.db.fetch("select event_id from event_log where client_id = $1", app.client_id)
    queue = await ground.db.fetch("select event_id from webhook_outbox where client_id = $1", app.client_id)
    assert [[young.event_id]] * 2 == [[row["event_id"] for row in rows] for rows in (log, queue)]
    assert 1 == await ground.db.fetchval("select count(*) from webhook_attempts where client_id = $1", app.client_id)
    answer = await http.get("/api/v1/events", params={"since": old.event_id}, headers=as_caller(a_client(app)))
    assert (410, "cursor_expired") == (answer.status_code, answer.json()["error"])
    assert young.event_id == answer.json()["oldest_cursor"]
