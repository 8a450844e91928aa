"""One more instance of registry in the benchmark's own process, beside the stack's: its verbs without HTTP around them.

So a change and the wait for its effect can be timed apart; auth, delivery and verifier are the stack's real processes.
"""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import msgspec

from chassis import nats_link
from chassis.clock import SystemClock
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.settings import load
from chassis.vault import Vault
from chassis.wire import questions
from contracts.applications import Application
from contracts.events.registry import ApplicationUpdated
from contracts.questions.auth import ClientApply
from deploy.local.home import Home
from services.registry.applications import register
from services.registry.applications.change import Act, Who, on_record, within
from services.registry.applications.effects import Effects
from services.registry.applications.register import NewApplication
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.settings import Settings
from tests.faults.platform import Platform
from tests.system.stack import Stack

PER_DEVELOPER = 9


class Key(NamedTuple):
    secret: str
    user_id: int


class Instance:
    """What the benchmark asks of registry."""

    def __init__(self, ground: Ground, nats: nats_link.Link, url: str) -> None:
        self.url = url
        self._ground, self._nats = ground, nats
        self._numbers = itertools.count(time.time_ns() // 1000)

    async def create(self) -> Application:
        """A new app of the next developer, answered when it has taken effect everywhere."""
        number = next(self._numbers)
        caller = Caller(
            kind="pak", user_id=number // PER_DEVELOPER, role="developer", identity_verified_level=1, pak_id=1
        )
        new = NewApplication(name=f"Bench {number}x", redirect_uris=("http://localhost:4000/cb",))
        done = await register.application(self._ground, caller, new)
        assert done.spread is not None
        assert done.spread.propagation == "complete"
        return done.stored.application

    async def change(self, app: Application) -> tuple[float, float]:
        """Seconds of the change until its commit, and from there until auth has confirmed it."""
        who = Who(caller=Caller(kind="system", user_id=0), application_id=app.id)
        act = Act(kind=ApplicationUpdated, action="application.updated", as_admin=True)
        link = f"https://acme.example/{next(self._numbers)}"
        began = time.perf_counter()
        async with self._ground.db.transaction() as tx:
            changed = await within(
                self._ground, tx, who, act, on_record(lambda now: msgspec.structs.replace(now, app_link_url=link))
            )
        committed = time.perf_counter()
        await questions.ask(self._nats, "registry", ClientApply(application=changed.application), 5)
        return committed - began, time.perf_counter() - committed


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Instance]:
    platform = Platform(Stack(home, Home(home, 0).port))
    told = platform.environment("registry")
    config = load(Settings, told)
    db = Database(config.postgres_url.reveal(), max_size=20)
    await db.start()
    nats = await nats_link.connect(
        config.nats_url,
        name="bench",
        user=config.nats_user,
        password=config.nats_password,
        inbox_prefix="_INBOX_registry",
    )
    clock, policy = SystemClock(), Policy.for_environment(config)
    client = Outbound(policy)
    ground = Ground(
        db=db,
        clock=clock,
        effects=Effects(nats, clock),
        outbound=policy,
        client=client,
        vault=Vault.from_setting(config.key_encryption_keys),
        issuer=config.issuer,
        settings=config,
    )
    yield Instance(ground, nats, config.postgres_url.reveal())
    await client.stop()
    await nats.close()
    await db.stop()
    await platform.close()


async def a_key(home: Path) -> Key:
    """The operator's own key and number."""
    known = msgspec.json.decode((home / "credentials.json").read_bytes())
    platform = Platform(Stack(home, 0))
    try:
        row = await asyncpg.connect(platform.database("auth"))
        number = await row.fetchval("select id from users where email = $1", known["operator_email"])
        await row.close()
    finally:
        await platform.close()
    async with httpx.AsyncClient(base_url=known["issuer"]) as http:
        headers = {"authorization": f"Bearer {known['operator_pak']}"}
        answer = await http.get("/api/v1/applications", headers=headers)
        assert answer.status_code == 200, answer.text
    return Key(known["operator_pak"], number)
