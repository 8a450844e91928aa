"""Sizes of tables as metrics."""

from chassis.postgres import Database
from chassis.table_sizes import TableSizes


async def test_partitions_count_for_their_table(postgres_url: str) -> None:
    """And nothing but tables of ours is told."""
    db = Database(postgres_url)
    await db.start()
    await db.execute("create table if not exists shelf (at timestamptz) partition by range (at)")
    await db.execute("create table if not exists shelf_default partition of shelf default")
    await db.execute("insert into shelf select now() from generate_series(1, 100)")
    await db.execute("analyze shelf_default")
    sizes = TableSizes(db)
    await sizes.refresh()
    assert [(100, {"table": "shelf"})] == [one for one in sizes._rows() if one[1]["table"].startswith("shelf")]
    assert all(size > 0 and not labels["table"].startswith("pg_") for size, labels in sizes._bytes())
    await db.stop()
