"""What all services are made of, in the one order that works: database, NATS, questions, events, routes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from chassis import nats_link
from chassis.events import Listener, Records, Relay, Replay
from chassis.life import House
from chassis.migrate import migrate
from chassis.nats_link import Link
from chassis.outbound import OutboundSettings
from chassis.postgres import Database
from chassis.settings import Secret
from chassis.wire import questions, serve
from chassis.wire.asgi import App
from chassis.wire.questions import Question
from chassis.wire.serve import Pool

EVENTS_MIGRATIONS = Path(__file__).parent / "events" / "migrations"

A = TypeVar("A")
S = TypeVar("S", bound="ServiceSettings")


class ServiceSettings(OutboundSettings, frozen=True, kw_only=True):
    """What a service needs besides Base: its database, and the rules of its calls to the outside."""

    postgres_url: Secret
    postgres_connections: int = 10
    """Most connections that one process holds."""


class Service(Generic[S]):
    """A furnished house: everything registered here is started, watched, drained and stopped with the process."""

    def __init__(self, house: House[S], db: Database, nats: Link, bulk: Link) -> None:
        self.house, self.db, self.nats = house, db, nats
        self._bulk = bulk

    async def answer(self, kind: type[Question[A]], handler: Callable[[Any], Awaitable[A]]) -> None:
        """Answers a question from now on, before the process is ready: others may need it to become ready."""
        answering = await questions.answer(self.nats, self.house.name, kind, handler)
        self.house.on_drain(answering.drain)

    async def produce(self, snapshots: Mapping[str, Records] | None = None) -> None:
        """Publishes what this service announces, and answers who missed something."""
        replay = Replay(self.db, self.house.name, snapshots)
        await replay.start(self.nats)
        self.house.on_drain(replay.drain)
        self.house.task("relay", Relay(self.db, self.nats, self.house.name, clock=self.house.clock).run)

    def listener(self, producer: str) -> Listener:
        """To be told what to hear, then given to `listen`."""
        return Listener(self.db, self.nats, self.house.name, producer, clock=self.house.clock)

    def listen(self, producer: str, listener: Listener, *, ready: bool = False) -> None:
        """`ready`: this process is not ready before it has reached the producer's position."""
        self.house.task(f"listen {producer}", listener.run)
        if ready:
            self.house.ready_when(f"events of {producer}", listener.ping)

    async def serve(self, app: App, pools: Sequence[Pool]) -> None:
        """Takes exchanges from the gateway from now on; the last thing a service does before it is ready."""
        served = serve.http(self.nats, self.house.name, app, pools, self._bulk)
        await served.start()
        self.house.on_drain(served.drain)


async def furnish(house: House[S], migrations: Path) -> Service[S]:
    """Connects to what the service stands on and brings its database up to this release."""
    config = house.settings
    url = config.postgres_url.reveal()
    await house.eventually("migrations", lambda: migrate(url, EVENTS_MIGRATIONS, migrations))
    db = Database(url, max_size=config.postgres_connections)
    await house.keep("postgres", db)
    db.watch()
    nats = await link(house, "")
    bulk = await link(house, "-bulk")
    return Service(house, db, nats, bulk)


async def link(house: House[Any], suffix: str = "") -> Link:
    """A connection to NATS under this process's own user and inbox."""
    config = house.settings
    client = await house.eventually(
        f"nats{suffix}",
        lambda: nats_link.connect(
            config.nats_url,
            name=f"{house.instance}{suffix}",
            user=config.nats_user,
            password=config.nats_password,
            inbox_prefix=f"_INBOX_{house.name}",
        ),
    )
    house.ready_when(f"nats{suffix}", client.answers)
    house.on_stop(client.close)
    return client
