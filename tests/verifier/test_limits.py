"""How often attempts may be made, and that what limited them goes when its time is over."""

from datetime import timedelta

import pytest

from chassis.clock import FrozenClock
from chassis.postgres import Database
from services.verifier import purge
from services.verifier.limits import take as limits
from services.verifier.limits.refusals import AttemptTooSoon
from services.verifier.limits.take import Limit
from tests.verifier.builders import BEGAN, Registrar, a_developer, a_host
from tests.verifier.world import World, challenge, post


async def test_a_minute_for_each_uri(world: World, registrar: Registrar) -> None:
    """The next attempt of a URI is a minute later, told to the second; another URI does not wait."""
    me, host = a_developer(), a_host()
    uris = (f"https://{host}/cb", f"https://{host}/cb2")
    app = registrar.has(me, *uris)
    world.zone.txt(f"_logi-verify.{host}", *(challenge(app.id, uri) for uri in uris))
    clock = FrozenClock(BEGAN)
    http = await world.http(world.ground(clock))
    assert 200 == (await post(http, me, app.id, uris[0])).status_code
    assert 200 == (await post(http, me, app.id, uris[1])).status_code
    clock.advance(timedelta(seconds=18.5))
    refused = await post(http, me, app.id, uris[0])
    assert (429, "42") == (refused.status_code, refused.headers["retry-after"])
    clock.advance(timedelta(seconds=41.5))
    assert 200 == (await post(http, me, app.id, uris[0])).status_code


async def test_a_host_is_no_target(world: World, registrar: Registrar) -> None:
    """Ten attempts at one host over all applications, then one every six minutes, whoever asks."""
    host = a_host()
    clock = FrozenClock(BEGAN)
    http = await world.http(world.ground(clock))
    statuses = []
    for number in range(11):
        me = a_developer()
        app = registrar.has(me, uri := f"https://{host}/{number}")
        world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
        statuses.append((await post(http, me, app.id, uri)).status_code)
    assert [200] * 10 + [429] == statuses
    refused = await post(http, me, app.id, uri)
    assert "360" == refused.headers["retry-after"]
    clock.advance(timedelta(minutes=6))
    assert 200 == (await post(http, me, app.id, uri)).status_code


async def test_an_application_has_thirty(db: Database) -> None:
    """Thirty attempts an hour of one application, whatever the URI."""
    for number in range(30):
        await limits.take(db, [limits.of_uri(7, f"https://a/{number}"), limits.of_application(7)], BEGAN)
    with pytest.raises(AttemptTooSoon) as refused:
        await limits.take(db, [limits.of_uri(7, "https://a/30"), limits.of_application(7)], BEGAN)
    assert {"retry-after": "120"} == refused.value.headers


async def test_all_or_none(db: Database) -> None:
    """An attempt that one limit refuses takes nothing of the others."""
    full, free = Limit("test:full", 1, timedelta(minutes=1)), Limit("test:free", 1, timedelta(minutes=1))
    await limits.take(db, [full], BEGAN)
    with pytest.raises(AttemptTooSoon):
        await limits.take(db, [free, full], BEGAN)
    await limits.take(db, [free], BEGAN)


async def test_purge(db: Database) -> None:
    """Limits that limit nothing any more are removed, those in force stay."""
    clock = FrozenClock(BEGAN + timedelta(days=1))
    await purge.once(db, clock)
    await limits.take(db, [Limit("test:old", 1, timedelta(minutes=1))], BEGAN)
    await limits.take(db, [Limit("test:new", 1, timedelta(minutes=1))], clock.now())
    assert 1 == await purge.once(db, clock)
    assert ["test:new"] == [row["key"] for row in await db.fetch("select key from attempt_limits")]
