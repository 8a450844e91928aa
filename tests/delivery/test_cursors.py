"""Where a poll that finds nothing leaves its reader: never beyond what the reader was not shown (delivery.md 7.3)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from services.delivery.ground import Ground
from services.delivery.polling import read, store
from services.delivery.polling.read import Asked
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.gateless import as_caller


class Interrupted:
    """A database where something happens after each statement of one reader."""

    def __init__(self, ground: Ground, then: Any) -> None:
        self._db, self._then = ground.db, then

    def __getattr__(self, name: str) -> Any:
        run = getattr(self._db, name)

        async def interrupted(*arguments: Any) -> Any:
            found = await run(*arguments)
            await self._then()
            return found

        return interrupted


async def test_what_comes_between_two_statements_of_a_poll(ground: Ground) -> None:
    """Whoever begins without a cursor, with or without a filter, is given one that skips nothing."""
    for event_type in (None, "user.unlinked"):
        app = an_application()
        await known(ground, app)
        sent: list[str] = []

        async def another(client_id: str = app.client_id, sent: list[str] = sent) -> None:
            event = an_event(client_id)
            await accepted(ground, event)
            sent.append(event.event_id)

        busy = msgspec.structs.replace(ground, db=Interrupted(ground, another))
        first = await read.events(busy, app.client_id, Asked(event_type=event_type))
        rest = await read.events(ground, app.client_id, Asked(since=first.next_cursor, event_type=event_type))
        assert sent == [msgspec.json.decode(event)["event_id"] for event in (*first.events, *rest.events)]


async def test_a_filter_moves_on(ground: Ground, http: httpx.AsyncClient) -> None:
    """What it has passed over is not read again each time; what it lets through later comes."""
    app = an_application()
    await known(ground, app)
    me, path = as_caller(a_client(app)), "/api/v1/events"
    events = [an_event(app.client_id) for _ in range(3)]
    await accepted(ground, *events)
    params = {"event_type": "user.merged", "since": events[0].event_id}
    page = (await http.get(path, params=params, headers=me)).json()
    assert ([], events[2].event_id, False) == (page["events"], page["next_cursor"], page["has_more"])
    last = an_event(app.client_id)
    await accepted(ground, last)
    params = {"event_type": "user.unlinked", "since": page["next_cursor"]}
    page = (await http.get(path, params=params, headers=me)).json()
    assert [last.event_id] == [event["event_id"] for event in page["events"]]


async def test_a_reader_of_an_old_log_begins_at_its_end(ground: Ground, http: httpx.AsyncClient) -> None:
    """Without a cursor an hour is shown; where nothing came in it, the cursor is the newest event before."""
    app = an_application()
    await known(ground, app)
    long_ago = ground.clock.now() - timedelta(hours=2)
    old = [an_event(app.client_id, occurred_at=long_ago) for _ in range(2)]
    await accepted(ground, *old)
    page = (await http.get("/api/v1/events", headers=as_caller(a_client(app)))).json()
    assert {"events": [], "next_cursor": old[1].event_id, "has_more": False} == page
    assert 2 == (await store.end(ground.db, app.client_id)).sequence
    nobody = (await http.get("/api/v1/events", headers=as_caller(a_client(an_application())))).json()
    assert {"events": [], "next_cursor": None, "has_more": False} == nobody


async def test_pollers_that_begin_anew_each_time(ground: Ground, http: httpx.AsyncClient) -> None:
    """While events come, whoever begins without a cursor meets each of them once, from there on."""
    app = an_application()
    await known(ground, app)
    me, path = as_caller(a_client(app)), "/api/v1/events"
    events = [an_event(app.client_id) for _ in range(10)]

    async def come() -> None:
        for event in events:
            await accepted(ground, event)

    coming = asyncio.create_task(come())
    page = (await http.get(path, headers=me)).json()
    seen = [event["event_id"] for event in page["events"]]
    await coming
    params = {} if page["next_cursor"] is None else {"since": page["next_cursor"]}
    seen += [event["event_id"] for event in (await http.get(path, params=params, headers=me)).json()["events"]]
    assert [event.event_id for event in events] == seen
