"""`GET /api/v1/events` and the key list, as an application calls them."""

import asyncio
import time
from datetime import UTC, datetime

import httpx
import pytest

from chassis.events import Heard
from contracts import ids
from contracts.applications import Application
from contracts.principal import Anonymous, Principal
from services.delivery.caller import OPERATOR
from services.delivery.fanout import accept
from services.delivery.ground import Ground
from services.delivery.keys import rotate
from services.delivery.polling.wake import MOST_OF_ONE, Wake
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.gateless import as_caller


async def test_pages_follow_the_cursor(ground: Ground, http: httpx.AsyncClient) -> None:
    """Strictly after `since`, in order, each event once, and an empty page echoes its cursor."""
    app = an_application()
    await known(ground, app)
    events = [an_event(app.client_id) for _ in range(5)]
    for event in events:
        await accepted(ground, event)
    me = as_caller(a_client(app))
    first = (await http.get("/api/v1/events", params={"limit": 3}, headers=me)).json()
    assert [event["event_id"] for event in first["events"]] == [event.event_id for event in events[:3]]
    assert first["has_more"] is True
    rest = (await http.get("/api/v1/events", params={"since": first["next_cursor"]}, headers=me)).json()
    assert [event["event_id"] for event in rest["events"]] == [event.event_id for event in events[3:]]
    assert rest["has_more"] is False
    empty = (await http.get("/api/v1/events", params={"since": rest["next_cursor"]}, headers=me)).json()
    assert empty == {"events": [], "next_cursor": rest["next_cursor"], "has_more": False}


async def test_the_polled_event_is_the_pushed_one(ground: Ground, http: httpx.AsyncClient) -> None:
    """Same members, same values: event_id, event_type, occurred_at and data."""
    app = an_application()
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    answer = (await http.get("/api/v1/events", headers=as_caller(a_client(app)))).json()
    assert set(answer["events"][0]) == {"event_id", "event_type", "occurred_at", "data"}
    assert answer["events"][0]["event_type"] == "user.unlinked"
    assert answer["events"][0]["data"]["sub"] == "42"


async def test_a_late_commit_is_never_skipped(ground: Ground, http: httpx.AsyncClient) -> None:
    """While a transaction that accepted an event is open, a later one waits: no cursor can pass it by."""
    app = an_application()
    await known(ground, app)
    me = as_caller(a_client(app))
    slow, fast = an_event(app.client_id), an_event(app.client_id)
    async with ground.db.transaction() as tx:
        await accept.events(ground, tx, [Heard(slow, None)])
        overtaking = asyncio.create_task(accepted(ground, fast))
        await asyncio.sleep(0.2)
        assert not overtaking.done()
        assert (await http.get("/api/v1/events", headers=me)).json()["events"] == []
    await overtaking
    seen = (await http.get("/api/v1/events", headers=me)).json()["events"]
    assert [event["event_id"] for event in seen] == [slow.event_id, fast.event_id]


@pytest.mark.parametrize(
    ("params", "status", "error"),
    [
        ({"since": "nonsense"}, 400, "invalid_request"),
        ({"since": ids.new_event_id(datetime.now(UTC))}, 400, "invalid_cursor"),
        ({"since": "evt_01HE3QZ8M4T7V9X2K5N6P0R1SB"}, 410, "cursor_expired"),
        ({"since": "evt_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"}, 400, "invalid_cursor"),
        ({"limit": "0"}, 400, "invalid_request"),
        ({"limit": "many"}, 400, "invalid_request"),
        ({"limit": "1.5"}, 400, "invalid_request"),
        ({"limit": ["1", "2"]}, 400, "invalid_request"),
        ({"wait": "²"}, 400, "invalid_request"),
        ({"wait": "31"}, 400, "invalid_request"),
        ({"wait": "-1"}, 400, "invalid_request"),
        ({"event_type": "webhook.test"}, 400, "invalid_request"),
        ({"event_type": "user.exploded"}, 400, "invalid_request"),
    ],
)
async def test_bad_parameters(
    ground: Ground, http: httpx.AsyncClient, params: dict[str, str | list[str]], status: int, error: str
) -> None:
    """Each mistake has its own answer, and another application's event id is as unknown as any."""
    answer = await http.get("/api/v1/events", params=params, headers=as_caller(a_client(an_application())))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(("status", "shown"), [("approved", True), ("sandbox", False)])
async def test_a_live_application_is_shown_its_page(http: httpx.AsyncClient, status: str, shown: bool) -> None:
    """What is refused to it says where its people can read on; a stranger's refusal does not."""
    app = an_application(status=status)
    answer = await http.get("/api/v1/events", params={"limit": 0}, headers=as_caller(a_client(app)))
    page = f"http://localhost:8000/developer/applications/{app.id}/webhooks" if shown else None
    assert (400, page) == (answer.status_code, answer.headers.get("x-logi-console-url"))
    assert "x-logi-console-url" not in (await http.get("/api/v1/events")).headers


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/webhook_signing_keys"])
@pytest.mark.parametrize(
    ("caller", "status", "error"),
    [
        (Anonymous(), 401, "invalid_client"),
        (a_client(an_application(), public=True), 403, "unauthorized_client"),
        (a_client(an_application(), status="suspended"), 403, "unauthorized_client"),
    ],
)
async def test_only_the_application_itself(
    http: httpx.AsyncClient, path: str, caller: Principal, status: int, error: str
) -> None:
    """No credentials, a public client and a suspended one are told apart."""
    answer = await http.get(path, headers=as_caller(caller))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_the_key_list_has_the_secret(ground: Ground, http: httpx.AsyncClient) -> None:
    """What was shown at registration is what the list gives its owner, privately, and nobody else."""
    app, other = an_application(), an_application()
    secrets = await known(ground, app)
    await known(ground, other)
    answer = await http.get("/api/v1/webhook_signing_keys", headers=as_caller(a_client(app)))
    assert answer.headers["cache-control"] == "private, max-age=300"
    assert [(key["kid"], key["secret"]) for key in answer.json()["keys"]] == [(secrets.kid, secrets.signing_secret)]


async def test_the_key_list_is_not_sent_twice(ground: Ground, http: httpx.AsyncClient) -> None:
    """Whoever names its tag gets 304 until a key changes; receivers fetch it every few minutes."""
    app = an_application()
    await known(ground, app)
    path, me = "/api/v1/webhook_signing_keys", as_caller(a_client(app))
    tag = (await http.get(path, headers=me)).headers["etag"]
    again = await http.get(path, headers={**me, "if-none-match": f'"other", W/{tag}'})
    assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])
    await rotate.signing_key(ground, OPERATOR, app.client_id)
    assert 200 == (await http.get(path, headers={**me, "if-none-match": tag})).status_code


async def test_a_long_poll_answers_with_the_event(ground: Ground, http: httpx.AsyncClient) -> None:
    """Who waits hears of an event as soon as it is visible, and not before; another application's wakes nobody."""
    app, other = an_application(), an_application()
    for one in (app, other):
        await known(ground, one)
    asked = asyncio.create_task(http.get("/api/v1/events", params={"wait": 20}, headers=as_caller(a_client(app))))
    await asyncio.sleep(0.3)
    await accepted(ground, an_event(other.client_id))
    await asyncio.sleep(0.3)
    assert not asked.done()
    event = an_event(app.client_id)
    await accepted(ground, event)
    async with asyncio.timeout(15):
        answer = await asked
    assert [event.event_id] == [one["event_id"] for one in answer.json()["events"]]


async def test_one_application_does_not_take_all_the_room(ground: Ground, http: httpx.AsyncClient, wake: Wake) -> None:
    """So many of its requests wait; the next one is answered at once, and those of others wait as they like."""
    app, other = an_application(), an_application()
    for one in (app, other):
        await known(ground, one)

    def ask(of: Application) -> "asyncio.Task[httpx.Response]":
        return asyncio.create_task(http.get("/api/v1/events", params={"wait": 20}, headers=as_caller(a_client(of))))

    waiting = [ask(app) for _ in range(MOST_OF_ONE)]
    async with asyncio.timeout(15):
        while wake.waiting(app.client_id) < MOST_OF_ONE:
            await asyncio.sleep(0.01)
        assert [] == (await ask(app)).json()["events"]
    theirs = ask(other)
    await asyncio.sleep(0.3)
    assert not any(one.done() for one in (*waiting, theirs))
    await accepted(ground, an_event(app.client_id, other.client_id))
    async with asyncio.timeout(15):
        assert [1] * (MOST_OF_ONE + 1) == [len((await one).json()["events"]) for one in (*waiting, theirs)]


async def test_a_long_poll_ends_empty(ground: Ground, http: httpx.AsyncClient) -> None:
    """When its time is over, or its process drains, it is answered with an empty page that echoes the cursor."""
    app = an_application()
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    params = {"since": event.event_id, "wait": 1}
    began = time.monotonic()
    answer = await http.get("/api/v1/events", params=params, headers=as_caller(a_client(app)))
    assert {"events": [], "next_cursor": event.event_id, "has_more": False} == answer.json()
    assert time.monotonic() - began >= 1


async def test_a_filtered_long_poll_waits_on(ground: Ground, http: httpx.AsyncClient) -> None:
    """An event of another type does not end the wait for one that is asked for."""
    app = an_application()
    await known(ground, app)
    params: dict[str, str | int] = {"event_type": "user.merged", "wait": 1}
    asked = asyncio.create_task(http.get("/api/v1/events", params=params, headers=as_caller(a_client(app))))
    await asyncio.sleep(0.2)
    await accepted(ground, an_event(app.client_id))
    assert [] == (await asked).json()["events"]


async def test_a_drain_ends_long_polls(ground: Ground, http: httpx.AsyncClient, ending: asyncio.Event) -> None:
    """A process that ends lets nobody wait."""
    app = an_application()
    await known(ground, app)
    asked = asyncio.create_task(http.get("/api/v1/events", params={"wait": 20}, headers=as_caller(a_client(app))))
    await asyncio.sleep(0.3)
    ending.set()
    async with asyncio.timeout(15):
        assert [] == (await asked).json()["events"]
    ending.clear()
