"""What runs beside the events may go away and come back: nothing is lost, nothing happens twice, nobody helps."""

from collections.abc import Callable

import asyncpg
from nats.aio.client import Client

from chassis.events import Listener
from chassis.postgres import UNAVAILABLE, Database, Tx
from deploy.local import databases
from deploy.local.servers.postgres import Postgres
from tests.chassis.events.builders import (
    CupFilled,
    Cups,
    a_database,
    a_listener,
    a_shop,
    contents,
    fill,
    running,
    until,
    until_mark,
)

PostgresFactory = Callable[[], Postgres]


async def take_once(tx: Tx, event: CupFilled) -> None:
    """Fails if the event was applied before."""
    await tx.execute("insert into cups values ($1, $2, $3, false)", event.id, event.version, event.content)


async def back(db: Database) -> None:
    """Waits until a server that was started again lets us in; connections of before it fail once each."""

    async def answers() -> bool:
        try:
            await db.ping()
        except (*UNAVAILABLE, asyncpg.PostgresError):
            return False
        return True

    await until(answers)


async def test_the_listeners_postgres_restarts(shop: Database, nc: Client, postgres_server: PostgresFactory) -> None:
    """A listener whose database is killed goes on from its mark when the database is back."""
    server = postgres_server()
    till = await a_database(await databases.create(server.url, "till", "secret"))
    async with a_shop(shop, nc), running(Listener(till, nc, "till", "shop").on(CupFilled, take_once).run()):
        for number in range(50):
            await fill(shop, f"{number:03}")
        server.kill()
        for number in range(50, 100):
            await fill(shop, f"{number:03}")
        server.start()
        await back(till)
        await until_mark(till, 100)
    assert 100 == len(await contents(till))
    assert 0 == await till.fetchval("select count(*) from parked")
    await till.stop()


async def test_the_producers_postgres_restarts(till: Database, nc: Client, postgres_server: PostgresFactory) -> None:
    """A relay whose database is killed goes on when it is back; all that was committed arrives."""
    server = postgres_server()
    shop = await a_database(await databases.create(server.url, "shop", "secret"))
    async with a_shop(shop, nc), running(Listener(till, nc, "till", "shop").on(CupFilled, take_once).run()):
        for number in range(50):
            await fill(shop, f"{number:03}")
        server.kill()
        server.start()
        await back(shop)
        await fill(shop, "last")
        await until_mark(till, 51)
    assert 51 == len(await contents(till))
    await shop.stop()


async def test_a_hung_listener_stops_nobody_for_long(shop: Database, till: Database, nc: Client) -> None:
    """An instance that sleeps with the mark locked loses it by the server's idle timeout; another one takes over."""
    await till.execute("insert into marks (producer) values ('shop/0')")
    hung = await asyncpg.connect(till.url, server_settings={"idle_in_transaction_session_timeout": "500"})
    await hung.execute("begin")
    await hung.execute("select * from marks for update")
    async with a_shop(shop, nc), running(a_listener(till, nc).run()):
        await fill(shop, "a")
        await until_mark(till, 1)
    hung.terminate()


async def test_two_instances_rebuild_together(shop: Database, till: Database, nc: Client) -> None:
    """Both turn pages, and no page is applied twice."""
    applied: list[str] = []

    class Counting(Cups):
        async def apply(self, tx: Tx, record: object) -> None:
            await super().apply(tx, record)  # type: ignore[arg-type]
            applied.append(record.key)  # type: ignore[attr-defined]

    for number in range(450):
        await fill(shop, f"{number:03}")
    await shop.fetchrow("select * from outbox_number(1000, 0)")
    await shop.execute("delete from outbox_log")
    instances = [a_listener(till, nc).keep(Counting()) for _ in range(2)]
    async with a_shop(shop, nc), running(*(instance.run() for instance in instances)):
        for instance in instances:
            await instance.caught_up()
    assert [f"{number:03}" for number in range(450)] == applied
