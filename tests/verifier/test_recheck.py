"""Proofs are looked at again by schedule, one at a time for each host (verifier.md A6)."""

import asyncio
from datetime import timedelta

import msgspec
from nats.aio.client import Client

from chassis.clock import FrozenClock
from chassis.postgres import Database
from chassis.settings import Secret
from contracts import events
from contracts.applications import Application
from contracts.events.verifier import RedirectUriFailed, RedirectUriLapsed, RedirectUriVerified
from services.verifier.challenge.keys import Keys
from services.verifier.ground import Ground
from services.verifier.perspectives.look import Look
from services.verifier.perspectives.panel import Panel, over
from services.verifier.proof.prove import Finding
from services.verifier.redirect_uris import recheck, store
from tests.verifier.builders import BEGAN, Registrar, a_developer, a_host
from tests.verifier.world import KEY, World, challenge, post

DAY = timedelta(days=1)


class Proved:
    """One application whose URI was proved by DNS when time began."""

    def __init__(self, world: World, registrar: Registrar) -> None:
        self.world, self.registrar = world, registrar
        self.me, self.host, self.clock = a_developer(), a_host(), FrozenClock(BEGAN)
        self.uri = f"https://{self.host}/cb"
        self.ground: Ground = world.ground(self.clock)

    async def begin(self) -> Application:
        app = self.registrar.has(self.me, self.uri)
        self.world.zone.txt(f"_logi-verify.{self.host}", challenge(app.id, self.uri))
        answer = await post(await self.world.http(self.ground), self.me, app.id, self.uri)
        assert answer.json()["verified"] is True
        return app

    async def after(self, time: timedelta, ground: Ground | None = None) -> int:
        self.clock.advance(time)
        return await recheck.once(ground or self.ground, 4)


async def of_app(db: Database, app: Application) -> list[type]:
    """The kinds of what was announced of an application, in order."""
    rows = await db.fetch("select payload from outbox order by id")
    told = [events.decode(row["payload"]) for row in rows]
    return [type(event) for event in told if getattr(event, "application_id", None) == app.id]


async def forget(db: Database) -> None:
    """Other tests' proofs come due as well when a year passes."""
    await db.execute("delete from redirect_uri_checks")


async def test_a_proof_lapses(world: World, registrar: Registrar, db: Database) -> None:
    """Nothing before its time; a failure is grace, a second one a day later announces that it lapsed, once."""
    await forget(db)
    proved = Proved(world, registrar)
    app = await proved.begin()
    assert 0 == await proved.after(27 * DAY)
    world.zone.txt(f"_logi-verify.{proved.host}")
    assert 1 == await proved.after(3 * DAY)
    assert 0 == await proved.after(DAY / 2)
    assert 1 == await proved.after(DAY / 2)
    assert 1 == await proved.after(DAY)
    kinds = [RedirectUriVerified, RedirectUriFailed, RedirectUriLapsed, RedirectUriFailed]
    assert kinds == await of_app(db, app)
    check = (await store.checks(db, app.id))[proved.uri]
    assert ("stale", "dns_no_record") == (check.verification.status, check.verification.reason)
    world.zone.txt(f"_logi-verify.{proved.host}", challenge(app.id, proved.uri))
    assert 1 == await proved.after(DAY)
    assert RedirectUriVerified is (await of_app(db, app))[-1]


async def test_re_checks_use_no_slot(world: World, registrar: Registrar, db: Database) -> None:
    """A re-check takes nothing from the attempts of a person, and leaves its line in the audit."""
    await forget(db)
    proved = Proved(world, registrar)
    app = await proved.begin()
    assert 1 == await proved.after(30 * DAY)
    assert 200 == (await post(await world.http(proved.ground), proved.me, app.id, proved.uri)).status_code
    rows = await db.fetch("select actor, via, outcome from audit where application_id = $1 order by id", app.id)
    mine = (f"user:{proved.me.user_id}", "pak", "verified")
    assert [mine, ("schedule", "schedule", "verified"), mine] == [tuple(row) for row in rows]


async def test_one_at_a_time_for_each_host(world: World, registrar: Registrar, db: Database) -> None:
    """Two URIs of one host that are due together are looked at one after the other, also by two processes."""
    await forget(db)
    proved = Proved(world, registrar)
    app = await proved.begin()
    owner = store.Owner(id=app.id, client_id=app.client_id, version=app.version)
    check = (await store.checks(db, app.id))[proved.uri]
    async with db.transaction() as tx:
        await store.save(tx, owner, msgspec.structs.replace(check, uri=f"https://{proved.host}/cb2"))
    proved.clock.advance(31 * DAY)

    async def held() -> int:
        async with db.transaction() as tx:
            return len(await store.hold(tx, proved.clock.now(), recheck.LEASE, 10))

    assert [0, 1] == sorted(await asyncio.gather(held(), held()))
    proved.clock.advance(recheck.LEASE)
    assert 1 == await held()


async def test_our_own_silence_is_nobodys_fault(world: World, registrar: Registrar, db: Database) -> None:
    """Where too few perspectives answer, nothing is held against the host, and it is tried again an hour later."""
    await forget(db)
    proved = Proved(world, registrar)
    app = await proved.begin()
    lonely = world.ground(proved.clock, perspectives=("loopback", "nobody", "none"))
    assert 1 == await proved.after(30 * DAY, lonely)
    check = (await store.checks(db, app.id))[proved.uri]
    assert ("verified", None) == (check.verification.status, check.standing.failing_since)
    assert proved.clock.now() + timedelta(hours=1) == check.standing.next_check_at


async def test_a_rotation_makes_nobody_publish_again(world: World, registrar: Registrar, db: Database) -> None:
    """Long after the key has changed, what was published for the previous one upholds its proof."""
    await forget(db)
    proved = Proved(world, registrar)
    app = await proved.begin()
    keys = Keys(current=Secret("new"), previous=KEY, rotated_at=BEGAN + DAY)
    rotated = msgspec.structs.replace(proved.ground, keys=keys)
    assert 1 == await proved.after(40 * DAY, rotated)
    assert "verified" == (await store.checks(db, app.id))[proved.uri].verification.status


async def test_one_that_breaks_holds_up_nobody(world: World, registrar: Registrar, db: Database, nats: Client) -> None:
    """Whatever goes wrong with one proof, those that were due with it are looked at, and the loop goes on."""
    await forget(db)
    broken, sound = Proved(world, registrar), Proved(world, registrar)
    await broken.begin()
    app = await sound.begin()

    async def look(question: Look) -> Finding:
        if question.host == broken.host:
            raise ZeroDivisionError
        return await world.outlook().look(question)

    ground = msgspec.structs.replace(broken.ground, panel=Panel("loopback", (), look, over(nats)))
    assert 2 == await broken.after(30 * DAY, ground)
    check = (await store.checks(db, app.id))[sound.uri]
    assert ("verified", broken.clock.now()) == (check.verification.status, check.verification.last_checked_at)
