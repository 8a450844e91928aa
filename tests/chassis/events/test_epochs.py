"""What the command after a restore changes in the restored database."""

from chassis.events import new_epoch
from chassis.events.epochs import SKIPPED_IDS
from chassis.postgres import Database


async def test_a_new_epoch_gives_no_id_twice(shop: Database) -> None:
    """Ids that were given between the dump and the restore are known to others; every sequence leaves them out."""
    await shop.execute("create table guests (id bigint generated always as identity primary key, name text not null)")
    await shop.execute("create table tables (id bigint generated always as identity primary key, name text not null)")
    last = await shop.fetchval("insert into guests (name) values ('Ada') returning id")
    await new_epoch(shop)
    assert last + SKIPPED_IDS < await shop.fetchval("insert into guests (name) values ('Grace') returning id")
    assert SKIPPED_IDS < await shop.fetchval("insert into tables (name) values ('by the window') returning id")
