"""Streams that are pushed to: whose they are, when they rest, and what only they are told."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import msgspec
import pytest

from chassis.events import Heard
from chassis.outbound import Outbound
from contracts import ids
from contracts.applications import Application
from contracts.events.auth import AccountPurged, AccountRestored, CredentialChanged, User, UserDeleted
from services.delivery.ground import Ground
from services.delivery.keys.ring import Ring
from services.delivery.ssf import mapping, push, store, streams
from services.delivery.ssf.leases import store as leases
from services.delivery.ssf.push import LEASE, Transmitter
from services.delivery.ssf.signals import Signals
from services.delivery.ssf.store import Stream
from services.delivery.ssf.token import Signer
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.delivery.receiver import Receiver
from tests.gateless import as_caller

ISSUER = "http://localhost:8000"


@pytest.fixture
async def app(ground: Ground) -> Application:
    await ground.db.execute("delete from ssf_streams")
    made = an_application()
    await known(ground, made)
    return made


async def a_stream(ground: Ground, app: Application, url: str) -> Stream:
    wanted = streams.Wanted(method=streams.PUSH, endpoint_url=url)
    return await streams.create(ground, None, app.client_id, wanted)


def a_transmitter(ground: Ground, outbound: Outbound, worker: str = "worker") -> Transmitter:
    return Transmitter(ground, Signer(Ring(ground.db, ground.vault, "set"), ISSUER), outbound, worker)


async def kept(ground: Ground, stream: Stream) -> dict[str, Any]:
    return dict(await ground.db.fetchrow("select * from ssf_streams where id = $1", stream.id) or {})


def told(receiver: Receiver) -> list[dict[str, Any]]:
    """The claims of what came."""
    return [jwt.decode(came.body.decode(), options={"verify_signature": False}) for came in receiver.came]


async def test_a_slow_receiver_keeps_its_stream_and_holds_up_no_other(
    ground: Ground, outbound: Outbound, app: Application, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one answers nothing its lease is renewed, and another stream's token passes by."""
    monkeypatch.setattr(push, "HEARTBEAT_SECONDS", 0.1)
    slow = Receiver(held=asyncio.Event())
    await slow.start()
    stalled, brisk = await a_stream(ground, app, slow.url), await a_stream(ground, app, receiver.url)
    transmitter = a_transmitter(ground, outbound)
    running = asyncio.create_task(transmitter.run())
    await accepted(ground, an_event(app.client_id))
    await slow.wait_for(1, 30)
    await receiver.wait_for(1, 30)
    first = (await kept(ground, stalled))["held_until"]
    async with asyncio.timeout(5):
        while (await kept(ground, stalled))["held_until"] <= first:
            await asyncio.sleep(0.05)
    assert [] == await leases.claim(ground.db, "other", ground.clock.now(), 8, LEASE)
    await accepted(ground, an_event(app.client_id))
    await receiver.wait_for(2, 30)
    assert 1 == len(slow.came)
    assert slow.held is not None
    slow.held.set()
    await transmitter.drain()
    await running
    assert (None, None) == ((await kept(ground, stalled))["held_by"], (await kept(ground, brisk))["held_by"])
    await slow.stop()


async def test_a_dead_process_loses_its_stream(
    ground: Ground, outbound: Outbound, app: Application, receiver: Receiver
) -> None:
    """What a process held when it died is pushed by another one once the lease is over."""
    stream = await a_stream(ground, app, receiver.url)
    event = an_event(app.client_id)
    await accepted(ground, event)
    assert [stream.id] == [each.id for each in await leases.claim(ground.db, "dead", ground.clock.now(), 8, LEASE)]
    await a_transmitter(ground, outbound).turn()
    assert [] == receiver.came
    await ground.db.execute("update ssf_streams set held_until = now() - interval '1 second'")
    await a_transmitter(ground, outbound).turn()
    assert [event.event_id] == [claims["jti"] for claims in told(receiver)]


async def test_streams_of_a_suspended_app_wait(
    ground: Ground, outbound: Outbound, app: Application, receiver: Receiver
) -> None:
    """Nothing is pushed to it until it is served again; then it hears what it missed."""
    await a_stream(ground, app, receiver.url)
    await known(ground, msgspec.structs.replace(app, version=2, status="suspended"))
    event = an_event(app.client_id)
    await accepted(ground, event)
    await a_transmitter(ground, outbound).turn()
    assert [] == receiver.came
    await known(ground, msgspec.structs.replace(app, version=3))
    await a_transmitter(ground, outbound).turn()
    assert [event.event_id] == [claims["jti"] for claims in told(receiver)]


async def test_a_forbidden_destination_pauses_the_stream(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, app: Application, receiver: Receiver
) -> None:
    """It is not asked again and again: the stream rests, says why, and goes on where it was once it is mended."""
    stream = await a_stream(ground, app, "https://10.0.0.1/sets")
    event = an_event(app.client_id)
    await accepted(ground, event)
    transmitter = a_transmitter(ground, outbound)
    await transmitter.turn()
    me, which = as_caller(a_client(app)), {"stream_id": stream.id}
    status = (await http.get("/ssf/status", params=which, headers=me)).json()
    assert ("paused", "ssrf_blocked") == (status["status"], status["reason"])
    delivery = {"method": streams.PUSH, "endpoint_url": receiver.url}
    assert 200 == (await http.patch("/ssf/streams", json={**which, "delivery": delivery}, headers=me)).status_code
    assert 200 == (await http.post("/ssf/status", json={**which, "status": "enabled"}, headers=me)).status_code
    await transmitter.turn()
    updated, first = told(receiver)
    assert {mapping.UPDATED: {"status": "paused", "reason": "ssrf_blocked"}} == updated["events"]
    assert event.event_id == first["jti"]
    # Its owners hear of it by mail: the receiver itself is deaf.
    announced = await ground.db.fetch("select payload from outbox where tag = 'delivery.stream.paused'")
    assert [stream.id] == [msgspec.json.decode(row["payload"])["stream_id"] for row in announced]


async def test_nothing_but_failures(ground: Ground, outbound: Outbound, app: Application, receiver: Receiver) -> None:
    """Pauses grow, and after five days of failures the stream rests with its events kept."""
    stream = await a_stream(ground, app, receiver.url)
    await accepted(ground, an_event(app.client_id))
    receiver.answers = [503, 503]
    transmitter = a_transmitter(ground, outbound)
    await transmitter.turn()
    row = await kept(ground, stream)
    assert ("enabled", 1, "http_503") == (row["status"], row["failures"], row["last_error"])
    assert row["next_try_at"] - row["failing_since"] == push.FIRST_PAUSE
    await ground.db.execute("update ssf_streams set next_try_at = now(), failing_since = now() - interval '5 days'")
    await transmitter.turn()
    row = await kept(ground, stream)
    assert ("paused", "http_503") == (row["status"], row["status_reason"])
    await ground.db.execute("update ssf_streams set next_try_at = now()")
    await transmitter.turn()
    assert 2 == len(receiver.came)


async def test_an_event_that_comes_twice(
    ground: Ground, outbound: Outbound, app: Application, receiver: Receiver
) -> None:
    """As after a restore: it is pushed once, and its second place on the log is nothing to look for."""
    await a_stream(ground, app, receiver.url)
    event = an_event(app.client_id)
    await accepted(ground, event)
    await accepted(ground, event)
    await a_transmitter(ground, outbound).turn()
    assert [event.event_id] == [claims["jti"] for claims in told(receiver)]
    assert [] == await leases.claim(ground.db, "worker", ground.clock.now(), 8, LEASE)


async def test_a_subject_that_is_not_told_holds_nothing_up(
    ground: Ground, outbound: Outbound, app: Application, receiver: Receiver
) -> None:
    """The cursor passes over what the receiver does not want to hear."""
    stream = await a_stream(ground, app, receiver.url)
    async with ground.db.transaction() as tx:
        assert await store.exclude(tx, stream.id, "1", 1)
    await accepted(ground, an_event(app.client_id, sub="1"), an_event(app.client_id, sub="2"))
    await a_transmitter(ground, outbound).turn()
    assert ["2"] == [claims["sub_id"]["sub"] for claims in told(receiver)]
    assert [] == await leases.claim(ground.db, "worker", ground.clock.now(), 8, LEASE)


def a_user(number: int) -> User:
    now = datetime.now(UTC)
    return User(
        id=number, sub=str(number), version=2, email=None, role="user", identity_verified_level=0, created_at=now
    )


async def test_the_end_of_an_account_and_what_follows(
    ground: Ground, http: httpx.AsyncClient, app: Application
) -> None:
    """Whoever heard of the end hears of the return, or of the purge; streams alone, never a poll or a webhook."""
    me = as_caller(a_client(app))
    made = (await http.post("/ssf/streams", json={}, headers=me)).json()
    signals, now = Signals(ground), datetime.now(UTC)

    def ended() -> UserDeleted:
        return UserDeleted(
            event_id=ids.new_event_id(now),
            occurred_at=now,
            client_ids=(app.client_id,),
            sub="71",
            canonical_sub="70",
            deleted_at=now,
            purge_at=now + timedelta(days=30),
        )

    common: dict[str, Any] = {"occurred_at": now, "user": a_user(70)}
    async with ground.db.transaction() as tx:
        await signals.events(tx, [Heard(ended(), None)])
        await signals.restored(tx, AccountRestored(event_id=ids.new_event_id(now), **common))
        await signals.events(tx, [Heard(ended(), None)])
        await signals.purged(tx, AccountPurged(event_id=ids.new_event_id(now), **common))
        await signals.purged(tx, AccountPurged(event_id=ids.new_event_id(now), **common))
    path = made["delivery"]["endpoint_url"].removeprefix(ISSUER)
    sets = (await http.post(path, json={"returnImmediately": True}, headers=me)).json()["sets"]
    found = [jwt.decode(token, options={"verify_signature": False}) for token in sets.values()]
    assert ["account-disabled", "account-enabled", "account-disabled", "account-purged"] == [
        next(iter(claims["events"])).removeprefix(mapping.RISC) for claims in found
    ]
    assert {"71"} == {claims["sub_id"]["sub"] for claims in found}
    polled = (await http.get("/api/v1/events", headers=me)).json()["events"]
    assert ["user.deleted"] * 2 == [event["event_type"] for event in polled]
    queued = await ground.db.fetch("select event_type from webhook_outbox where client_id = $1", app.client_id)
    assert ["user.deleted"] * 2 == [row["event_type"] for row in queued]


async def test_a_changed_credential(ground: Ground, http: httpx.AsyncClient, app: Application) -> None:
    """Each application hears of it under the sub that it knows, in CAEP's words."""
    me, now = as_caller(a_client(app)), datetime.now(UTC)
    made = (await http.post("/ssf/streams", json={}, headers=me)).json()
    await accepted(
        ground,
        CredentialChanged(
            event_id=ids.new_event_id(now),
            occurred_at=now,
            client_ids=(app.client_id,),
            subs={app.client_id: "71"},
            canonical_sub="70",
            credential_type="password",
            change_type="update",
        ),
    )
    path = made["delivery"]["endpoint_url"].removeprefix(ISSUER)
    ((_, token),) = (await http.post(path, json={"returnImmediately": True}, headers=me)).json()["sets"].items()
    claims = jwt.decode(token, options={"verify_signature": False})
    told_of = claims["events"][f"{mapping.CAEP}credential-change"]
    assert ("71", "password", "update") == (
        claims["sub_id"]["sub"],
        told_of["credential_type"],
        told_of["change_type"],
    )
