"""The life of a health check: what switches it, its secret, its pace, and when its owners are written to (B5 to B7)."""

import asyncio
from datetime import timedelta

import pytest

from chassis.postgres import Database
from contracts import events
from contracts.events.verifier import HealthEvent, HealthLost, HealthRecovered
from contracts.questions.verifier import HealthApply
from services.verifier.caller import Caller
from services.verifier.health import change, course, follow, judge, store
from services.verifier.health.change import Switch
from services.verifier.health.schedule import LEASE, Schedule
from services.verifier.health.store import Health
from tests.chassis.outbound.hostile import silent
from tests.verifier.builders import BEGAN, Registrar, a_developer, a_host, an_application
from tests.verifier.rp import SECRET, Party, echoing, raw
from tests.verifier.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RED = judge.Observation(colour="red", reason="timeout")
GREEN = judge.Observation(colour="green", reason="alive")
NEW = Health(
    application_id=7, client_id="c", application_version=1, uris=(), enabled=True, state="pending", since=BEGAN
)


def lived(*seen: tuple[timedelta, judge.Observation]) -> tuple[Health, list[tuple[timedelta, str]]]:
    """What stands after these checks, and which mails were due when."""
    health, mails = NEW, list[tuple[timedelta, str]]()
    for after, observation in seen:
        health, mail = course.after(health, observation, BEGAN + after)
        if mail is not None:
            mails.append((after, mail))
    return health, mails


def test_mails_are_damped() -> None:
    """Red three times tells, recovery tells, and within a day there is no second mail."""
    assert [] == lived((HOUR, RED), (2 * HOUR, RED))[1]
    assert [] == lived((HOUR, RED), (2 * HOUR, RED), (3 * HOUR, GREEN), (4 * HOUR, RED))[1]
    down = [(HOUR, RED), (2 * HOUR, RED), (3 * HOUR, RED), (4 * HOUR, RED)]
    assert [(3 * HOUR, "lost")] == lived(*down)[1]
    soon = [*down, (5 * HOUR, GREEN), (26 * HOUR, GREEN), (27 * HOUR, GREEN), (28 * HOUR, GREEN)]
    assert [(3 * HOUR, "lost"), (27 * HOUR, "recovered")] == lived(*soon)[1]
    flapping = [*down, (5 * HOUR, GREEN), (6 * HOUR, RED), (7 * HOUR, RED), (8 * HOUR, RED), (40 * HOUR, RED)]
    assert [(3 * HOUR, "lost")] == lived(*flapping)[1]


def test_back_off() -> None:
    """A day red and it is looked at every six hours, thirty days and it is daily; one success and it is hourly."""
    red, _ = lived((HOUR, RED))
    for later, pace in ((HOUR, HOUR), (26 * HOUR, 6 * HOUR), (32 * DAY, DAY)):
        now = BEGAN + later
        first = course.next_probe(red, now)
        assert now < first <= now + pace + timedelta(minutes=1)
        assert pace == course.next_probe(red, first) - first
    back, _ = course.after(red, GREEN, BEGAN + 40 * DAY)
    assert back.next_probe_at is not None
    assert back.next_probe_at <= BEGAN + 40 * DAY + HOUR + timedelta(minutes=1)


async def test_the_first_probe_is_at_once(world: World) -> None:
    """What is new, switched on, or changed in its URIs is due now; a change of anything else is not."""
    party = await Party(world, echoing()).begin()
    assert BEGAN == (await party.health()).next_probe_at
    await party.probed()
    later = (await party.health()).next_probe_at
    assert later is not None
    assert later > BEGAN
    assert later == (await party.changed(name="Other")).next_probe_at
    moved = await party.changed(redirect_uris=world.uris(f"https://{a_host()}/cb"))
    assert BEGAN == moved.next_probe_at


async def test_who_is_checked(world: World) -> None:
    """The record says whether; who has loopback or custom schemes only, or a host that nobody calls, cannot be."""
    ground = world.ground()
    new = ground.clock.now()
    cases = [
        (an_application("https://a.example/cb", created_at=new), "pending"),
        (an_application("http://localhost/cb", "com.acme.app://cb", created_at=new), "not_checkable"),
        (an_application("http://localhost/cb", "https://b.example/cb", created_at=new), "pending"),
        (an_application("https://a.example/cb", created_at=new - 2 * DAY), "pending"),
        (an_application("https://a.example/cb", created_at=new, health_check_enabled=False), "disabled"),
        (an_application("https://printer.local/cb", created_at=new), "not_checkable"),
    ]
    for app, state in cases:
        async with ground.db.transaction() as tx:
            assert state == (await follow.apply(ground, tx, app)).state, app.redirect_uris


async def test_a_deleted_app_stays_deleted(world: World) -> None:
    """Its secret goes, it is not probed, and late news of an earlier version does not bring it back."""
    party = await Party(world, echoing()).begin()
    await party.changed(deleted_at=BEGAN)
    gone = await party.health()
    assert (True, None) == (gone.deleted, gone.next_probe_at)
    answer = await follow.Answers(party.ground).answer(HealthApply(application=an_application(id=party.app.id)))
    assert answer.rp_health_secret is None
    assert (await party.health()).deleted


async def test_a_restored_app_is_looked_at_again(world: World, registrar: Registrar) -> None:
    """Back from the trash the check is as it was before; its secret is gone, and switching on shows a new one."""
    party = await Party(world, echoing()).begin()
    await party.changed(deleted_at=BEGAN)
    back = await party.changed(deleted_at=None)
    assert (False, "pending", party.host, BEGAN) == (back.deleted, back.state, back.host, back.next_probe_at)
    me = a_developer()
    registrar.owned[me.user_id, party.app.id] = party.app
    caller = Caller(user_id=me.user_id, via="session")
    switched = await change.switch(party.ground, caller, party.app.id, Switch(enabled=True))
    assert switched.secret is not None
    party.answer = echoing(secret=switched.secret.reveal())
    assert "green" == (await party.probed()).state


async def test_the_secret_is_made_once(world: World) -> None:
    """Registry gets it when the app is registered; asked again, or heard of by event first, there is one secret."""
    ground = world.ground()
    app = an_application(f"https://{a_host()}/cb", created_at=ground.clock.now())
    following = follow.Answers(ground)
    async with ground.db.transaction() as tx:
        await follow.apply(ground, tx, app)
    first, second = [await following.answer(HealthApply(application=app)) for _ in range(2)]
    assert first.rp_health_secret is not None
    assert (69, None) == (len(first.rp_health_secret), second.rp_health_secret)
    row = await ground.db.fetchrow("select current from rp_health_secrets where application_id = $1", app.id)
    assert row is not None
    assert first.rp_health_secret.encode() not in row["current"]


async def test_rotation(world: World, registrar: Registrar) -> None:
    """The old secret is tried for a day after a 401 and shows as such; then, or once compromised, never again."""
    party = await Party(world, echoing()).begin()
    me = a_developer()
    registrar.owned[me.user_id, party.app.id] = party.app
    caller = Caller(user_id=me.user_id, via="session")
    new = await change.rotate(party.ground, caller, party.app.id, compromised=False)
    assert ("yellow", "old_secret") == ((health := await party.probed()).state, health.reason)
    assert [False, True] == [asked.signed_by(SECRET) for asked in party.asked]
    party.answer = echoing(secret=new.reveal())
    assert "green" == (await party.probed()).state
    party.answer = echoing()
    assert "signature_rejected" == (await party.probed(25 * HOUR)).reason
    await change.rotate(party.ground, caller, party.app.id, compromised=True)
    party.answer = echoing(secret=new.reveal())
    assert "signature_rejected" == (await party.probed()).reason


async def test_one_retry_for_what_may_pass(world: World) -> None:
    """A server error is looked at twice before it colours; a 4xx once."""
    party = await Party(world, lambda _: raw(b"", "500 Oh")).begin()
    assert "http_500" == (await party.probed()).reason
    assert 2 == len(party.asked)
    party.answer = lambda _: echoing()(party.asked[-1]) if len(party.asked) == 4 else raw(b"", "502 Oh")
    assert "alive" == (await party.probed()).reason
    party.answer = lambda _: raw(b"", "403 No")
    assert "http_403" == (await party.probed()).reason
    assert 5 == len(party.asked)


async def test_owners_hear_of_it(world: World, db: Database) -> None:
    """Three red checks announce that it was lost, a green one a day later that it has recovered."""
    party = await Party(world, lambda _: raw(b"", "403 No")).begin()
    for _ in range(4):
        await party.probed(HOUR)
    party.answer = echoing()
    await party.probed(DAY)
    told = [events.decode(row["payload"]) for row in await db.fetch("select payload from outbox order by id")]
    mine = [event for event in told if isinstance(event, HealthEvent) and event.application_id == party.app.id]
    assert [HealthLost, HealthRecovered] == [type(event) for event in mine]
    assert [(party.host, "http_403"), (party.host, "alive")] == [(event.host, event.reason) for event in mine]
    results = await store.results(db, party.app.id, BEGAN)
    assert ["red"] * 4 + ["green"] == [result.state for result in results]


async def test_hanging_hosts_delay_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many hosts hang that hung before, the others have half of the slots and are answered meanwhile."""
    monkeypatch.setattr("services.verifier.health.probe.TOTAL_TIMEOUT", timedelta(minutes=1))
    await world.nothing_due()
    parties = [await Party(world, echoing()).begin() for _ in range(4)]
    hanging = [await Party(world, echoing()).begin() for _ in range(6)]
    for party in hanging:
        server = await world.server(silent(), party.host)
        await party.changed(redirect_uris=world.uris(f"https://{party.host}:{server.port}/cb"))
        await party.ground.db.execute("update rp_health set state = 'red' where application_id = $1", party.app.id)
    schedule = Schedule(parties[0].ground, 4)
    async with asyncio.timeout(30):
        while {(await party.health()).state for party in parties} != {"green"}:
            await schedule.begin()
            await asyncio.sleep(0.02)
    held = await parties[0].ground.db.fetchval("select count(*) from rp_health where leased_until is not null")
    assert 1 <= held <= 2
    assert {None} == {(await party.health()).last_checked_at for party in hanging}
    await schedule.stop()


async def test_one_probe_at_a_time_for_each_host(world: World) -> None:
    """Two apps on one host, two processes: one is held, the other waits for it."""
    await world.nothing_due()
    party = await Party(world, echoing()).begin()
    await party.heard(an_application(f"https://{party.host}/other", created_at=BEGAN))

    async def held() -> int:
        async with party.ground.db.transaction() as tx:
            return len(await store.hold(tx, BEGAN, LEASE, 20, 10))

    assert [0, 1] == sorted(await asyncio.gather(held(), held()))
