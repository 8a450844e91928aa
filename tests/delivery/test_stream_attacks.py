"""Streams in the hands of those who mean no good, or do two things at once."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.problems import Problem
from contracts.applications import Application
from services.delivery import retention
from services.delivery.ground import Ground
from services.delivery.retention.purge import KEPT
from services.delivery.ssf import streams
from services.delivery.ssf.streams import POLL, PUSH
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.gateless import as_caller

ISSUER = "http://localhost:8000"
HOOK = "http://127.0.0.1:9/sets"


@pytest.fixture
async def app(ground: Ground) -> Application:
    made = an_application()
    await known(ground, made)
    return made


@pytest.fixture
def me(app: Application) -> dict[str, str]:
    return as_caller(a_client(app))


async def made(http: httpx.AsyncClient, me: dict[str, str], **body: Any) -> str:
    answer = await http.post("/ssf/streams", json=body, headers=me)
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["stream_id"])


@pytest.mark.parametrize("value", ["Bearer q\r\nX-Evil: 1", "Bearer q\n", "Bearer \u2603", " Bearer q", "", "q" * 5000])
async def test_a_header_that_would_be_two(http: httpx.AsyncClient, me: dict[str, str], value: str) -> None:
    """What the receiver wants in Authorization is one line of printable ASCII, or the stream is not made."""
    delivery = {"method": PUSH, "endpoint_url": HOOK, "authorization_header": value}
    answer = await http.post("/ssf/streams", json={"delivery": delivery}, headers=me)
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("body", [{"maxEvents": -1}, {"maxEvents": -5}])
async def test_fewer_than_no_events(http: httpx.AsyncClient, me: dict[str, str], body: dict[str, Any]) -> None:
    """A mistake of the one who asks."""
    stream = await made(http, me)
    answer = await http.post(f"/ssf/streams/{stream}/poll", json={"returnImmediately": True, **body}, headers=me)
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_a_pushed_stream_is_not_polled(http: httpx.AsyncClient, me: dict[str, str]) -> None:
    """Its tokens go to its endpoint alone; nobody acknowledges them away."""
    stream = await made(http, me, delivery={"method": PUSH, "endpoint_url": HOOK})
    answer = await http.post(f"/ssf/streams/{stream}/poll", json={"returnImmediately": True}, headers=me)
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_tokens_of_others_are_not_acknowledged(
    ground: Ground, http: httpx.AsyncClient, app: Application, me: dict[str, str]
) -> None:
    """Neither by another receiver, nor over another stream; nor is another's stream verified or told of subjects."""
    mine, second = await made(http, me), await made(http, me)
    event = an_event(app.client_id)
    await accepted(ground, event)
    body = {"returnImmediately": True, "ack": [event.event_id]}
    stranger = as_caller(a_client(other := an_application()))
    await known(ground, other)
    assert 404 == (await http.post(f"/ssf/streams/{mine}/poll", json=body, headers=stranger)).status_code
    theirs = await made(http, stranger)
    assert 200 == (await http.post(f"/ssf/streams/{theirs}/poll", json=body, headers=stranger)).status_code
    assert 200 == (await http.post(f"/ssf/streams/{second}/poll", json=body, headers=me)).status_code
    subject = {"format": "iss_sub", "iss": ISSUER, "sub": "42"}
    for path, given in (
        ("/ssf/verify", {}),
        ("/ssf/subjects/remove", {"subject": subject}),
        ("/ssf/status", {"status": "disabled"}),
    ):
        assert 404 == (await http.post(path, json={"stream_id": mine, **given}, headers=stranger)).status_code
    polled = await http.post(f"/ssf/streams/{mine}/poll", json={"returnImmediately": True}, headers=me)
    assert [event.event_id] == list(polled.json()["sets"])


async def test_ten_streams_also_at_once(ground: Ground, app: Application) -> None:
    """Who asks for many at the same moment gets no more."""

    async def one() -> str:
        try:
            return (await streams.create(ground, None, app.client_id, streams.Wanted())).id
        except Problem as problem:
            return problem.code

    came = await asyncio.gather(*(one() for _ in range(16)))
    assert (["too_many_streams"] * 6, streams.MOST) == (
        [each for each in came if not each.startswith("ssf_")],
        len({each for each in came if each.startswith("ssf_")}),
    )


async def test_verifications_that_nobody_takes(ground: Ground, http: httpx.AsyncClient, me: dict[str, str]) -> None:
    """So many wait and no more; after a month they are gone."""
    stream = await made(http, me)
    body = {"stream_id": stream}
    for _ in range(streams.MOST_NOTES):
        assert 204 == (await http.post("/ssf/verify", json=body, headers=me)).status_code
    refused = await http.post("/ssf/verify", json=body, headers=me)
    assert (429, "rate_limited", "60") == (
        refused.status_code,
        refused.json()["error"],
        refused.headers["retry-after"],
    )
    await retention.purge(ground.db, ground.clock.now() + KEPT)
    assert 0 == await ground.db.fetchval("select count(*) from ssf_notes where stream_id = $1", stream)


async def test_a_change_does_not_undo_a_pause(
    ground: Ground, http: httpx.AsyncClient, app: Application, me: dict[str, str]
) -> None:
    """Who changes the configuration has read it while the stream was enabled; what came meanwhile stays."""
    stream = await streams.of(ground, app.client_id, await made(http, me, delivery={"method": POLL}))
    paused = {"stream_id": stream.id, "status": "paused", "reason": "busy"}
    assert 200 == (await http.post("/ssf/status", json=paused, headers=me)).status_code
    async with ground.db.transaction() as tx:
        await streams.store.save(tx, stream, ground.clock.now())
    found = (await http.get("/ssf/status", params={"stream_id": stream.id}, headers=me)).json()
    assert ("paused", "busy") == (found["status"], found["reason"])


async def test_a_pause_during_a_long_poll(
    ground: Ground, http: httpx.AsyncClient, app: Application, me: dict[str, str]
) -> None:
    """Who waits while the stream is paused hears nothing, and is answered once it is enabled and something comes."""
    stream = await made(http, me)
    await http.post("/ssf/status", json={"stream_id": stream, "status": "paused"}, headers=me)
    asked = asyncio.create_task(http.post(f"/ssf/streams/{stream}/poll", json={}, headers=me))
    await asyncio.sleep(0.2)
    first = an_event(app.client_id)
    await accepted(ground, first)
    await asyncio.sleep(0.7)
    assert not asked.done()
    await http.post("/ssf/status", json={"stream_id": stream, "status": "enabled"}, headers=me)
    second = an_event(app.client_id)
    await accepted(ground, second)
    async with asyncio.timeout(20):
        assert [first.event_id, second.event_id] == list((await asked).json()["sets"])


async def test_an_added_subject_is_answered_with_nothing(http: httpx.AsyncClient, me: dict[str, str]) -> None:
    """200 and an empty body (SSF 1.0 section 8.1.3.2)."""
    subject = {"format": "iss_sub", "iss": ISSUER, "sub": "1"}
    body = {"stream_id": await made(http, me), "subject": subject}
    answer = await http.post("/ssf/subjects/add", json=body, headers=me)
    assert (200, b"") == (answer.status_code, answer.content)
