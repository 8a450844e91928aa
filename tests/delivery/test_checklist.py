"""The checklist of delivery.md section 11, by number; 7 stands in test_dead_letters, 9 and 10 in test_keys.

Number 1 with a real kill -9, at each step of an event's life, is in tests/faults/delivery.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import httpx
import pytest

from chassis.events import Heard
from chassis.outbound import Blocked, Outbound, Policy, judge
from chassis.problems import InvalidRequest
from chassis.settings import Secret
from services.delivery.dispatch import store
from services.delivery.fanout import accept
from services.delivery.ground import Ground
from services.delivery.signing import sign
from services.delivery.ssf import streams
from tests.delivery.builders import (
    a_client,
    a_row,
    accepted,
    an_application,
    an_event,
    dispatching,
    known,
    until,
)
from tests.delivery.receiver import Receiver
from tests.gateless import as_caller
from tests.verifier.zone import Zone, a_zone

RANGES = (*judge.BLOCKED_V4, *judge.BLOCKED_V6)
# fmt: off
OTHERS = [
    "::1", "::", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "100::1", "5f00::1", "64:ff9b:1::1", "::ffff:10.0.0.1",
    "::10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::",
]
# fmt: on
BLOCKED = [*(str(network[min(1, network.num_addresses - 1)]) for network in RANGES), *OTHERS]
"""An address of each blocked range of section 6, and IPv6 addresses that lead to a blocked one."""

PUBLIC = "93.184.215.14"


@pytest.fixture
async def zone() -> AsyncIterator[Zone]:
    async with a_zone() as one:
        yield one


@pytest.fixture
async def resolving(zone: Zone) -> AsyncIterator[Outbound]:
    """Production's rules, with a name server of the test's."""
    client = Outbound(Policy(nameservers=(zone.address,)))
    yield client
    await client.stop()


async def test_checklist_1_killed_between_commit_and_send(
    ground: Ground, outbound: Outbound, receiver: Receiver
) -> None:
    """What was committed by a process that is no more is delivered by the next one."""
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    event = an_event(app.client_id)
    await accepted(ground, event)
    async with dispatching(ground, outbound):
        await until(ground, event.event_id, "delivered_at")
    assert 1 == len(receiver.came)


async def test_checklist_2_a_rolled_back_change(ground: Ground, http: httpx.AsyncClient) -> None:
    """No row and no place on the log exists for it; the next event takes the place."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    lost, kept = an_event(app.client_id), an_event(app.client_id)

    async def fail() -> None:
        async with ground.db.transaction() as tx:
            await accept.events(ground, tx, [Heard(lost, None)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert {} == await a_row(ground, lost.event_id)
    await accepted(ground, kept)
    logged = await ground.db.fetch("select sequence, event_id from event_log where client_id = $1", app.client_id)
    assert [(1, kept.event_id)] == [tuple(row) for row in logged]
    polled = (await http.get("/api/v1/events", headers=as_caller(a_client(app)))).json()["events"]
    assert [kept.event_id] == [event["event_id"] for event in polled]
    await ground.db.execute("delete from webhook_outbox where client_id = $1", app.client_id)


async def test_checklist_3_two_dispatchers(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """Each row is sent once while both are well, and at least once where one of them loses its lease."""
    apps = [an_application(webhook_url=receiver.url) for _ in range(5)]
    for app in apps:
        await known(ground, app)
    async with dispatching(ground, outbound, "one"), dispatching(ground, outbound, "two"):
        for _ in range(12):
            await accepted(ground, *(an_event(app.client_id) for app in apps))
            await asyncio.sleep(0.01)
        await receiver.wait_for(60)
        await asyncio.sleep(0.3)
    came = Counter(each.headers["x-logi-event-id"] for each in receiver.came)
    assert (60, {1}) == (len(came), set(came.values()))
    late = an_event(apps[0].client_id)
    await accepted(ground, late)
    past = ground.clock.now() - store.LEASE - timedelta(seconds=1)
    await ground.db.execute("update webhook_outbox set next_retry_at = $2 where event_id = $1", late.event_id, past)
    assert 1 == len(await store.claim(ground.db, "dead", past, 8, 4, {}))
    async with dispatching(ground, outbound, "heir"):
        await until(ground, late.event_id, "delivered_at")


async def test_checklist_4_bytes_on_the_wire(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """They are the stored ones, and their MAC the one that was stored; the vectors themselves are in test_signing."""
    app = an_application(webhook_url=receiver.url)
    secrets = await known(ground, app)
    event = an_event(app.client_id)
    async with dispatching(ground, outbound):
        await accepted(ground, event)
        await receiver.wait_for(1)
    row, came = await a_row(ground, event.event_id), receiver.came[0]
    assert row["raw_payload"] == came.body
    assert sign.legacy(row["signature"]) == came.headers["x-logi-signature"]
    assert sign.mac(Secret(secrets.webhook_secret or ""), came.body) == row["signature"]


@pytest.mark.parametrize(
    ("answers", "ended", "reason"),
    [
        ([500, 200], "delivered_at", None),
        ([404], "dlq_at", "http_404"),
        ([(429, {"retry-after": "120"})], None, "http_429"),
    ],
)
async def test_checklist_5_outcomes(
    ground: Ground,
    outbound: Outbound,
    receiver: Receiver,
    answers: list[int | tuple[int, dict[str, str]]],
    ended: str | None,
    reason: str | None,
) -> None:
    """500 then 200 is delivered, 404 dead after one try, 429 with a wish waits at least as long as it wishes."""
    receiver.answers, tries = list(answers), len(answers)
    app = an_application(webhook_url=receiver.url)
    await known(ground, app)
    event = an_event(app.client_id)
    async with dispatching(ground, outbound):
        await accepted(ground, event)
        if tries == 2:
            await until(ground, event.event_id, "last_reason")
            await ground.db.execute(
                "update webhook_outbox set next_retry_at = now() where event_id = $1", event.event_id
            )
        row = await until(ground, event.event_id, ended or "last_reason")
    assert (reason, tries) == (row["last_reason"], row["attempts"])
    if ended is None:
        assert row["next_retry_at"] - row["last_attempt_at"] >= timedelta(seconds=120)


@pytest.mark.parametrize("address", BLOCKED)
async def test_checklist_6_blocked_when_saved(ground: Ground, zone: Zone, resolving: Outbound, address: str) -> None:
    """A URL that resolves into a blocked range is refused: of a webhook, which registry judges so, and of a stream."""
    zone.set("rp.example", [PUBLIC, address] if isinstance(_read(address), IPv4Address) else [address])
    with pytest.raises(Blocked):
        await resolving.judge("https://rp.example/hooks")
    wanted = streams.Wanted(method=streams.PUSH, endpoint_url="https://rp.example/sets")
    with pytest.raises(InvalidRequest):
        await streams.create(ground, resolving, an_application().client_id, wanted)


async def test_checklist_6_blocked_when_sent(ground: Ground, zone: Zone, resolving: Outbound) -> None:
    """A name that was good when it was saved and leads inside now: ssrf_blocked, and no packet."""
    zone.set("rp.example", [PUBLIC])
    await resolving.judge("https://rp.example/hooks")
    app = an_application(webhook_url="https://rp.example/hooks")
    await known(ground, app)
    zone.set("rp.example", ["10.0.0.1"])
    event = an_event(app.client_id)
    async with dispatching(ground, resolving):
        await accepted(ground, event)
        row = await until(ground, event.event_id, "dlq_at")
    assert "ssrf_blocked" == row["last_reason"]
    resolved = await ground.db.fetchval("select resolved_ip from webhook_attempts where outbox_id = $1", row["id"])
    assert resolved is None


async def test_checklist_8_a_slow_commit(ground: Ground, http: httpx.AsyncClient) -> None:
    """While a slow transaction commits late, pollers that go on with their cursors skip nothing."""
    app = an_application()
    await known(ground, app)
    me, seen, sent = as_caller(a_client(app)), list[str](), list[str]()

    async def accept_one(pause: float) -> None:
        event = an_event(app.client_id)
        async with ground.db.transaction() as tx:
            await accept.events(ground, tx, [Heard(event, None)])
            sent.append(event.event_id)
            await asyncio.sleep(pause)

    accepting = asyncio.gather(*(accept_one(0.2 if turn % 5 == 0 else 0) for turn in range(20)))
    since: str | None = None
    while not accepting.done() or len(seen) < len(sent):
        query = {"limit": "3"} if since is None else {"limit": "3", "since": since}
        page = (await http.get("/api/v1/events", params=query, headers=me)).json()
        seen += [event["event_id"] for event in page["events"]]
        since = page["next_cursor"]
    await accepting
    assert sent == seen


def test_every_number_has_its_test() -> None:
    """1 to 10, each carried by the name of a test."""
    text = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert set(range(1, 11)) == {int(number) for number in re.findall(r"def test_checklist_(\d+)_", text)}


def _read(address: str) -> IPv4Address | IPv6Address:
    return judge.read(address)
