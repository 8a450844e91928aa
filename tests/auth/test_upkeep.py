"""What OAuth leaves behind goes in time, and not before."""

from datetime import timedelta

from chassis import days
from chassis.table_sizes import TableSizes
from services.auth import upkeep
from tests.auth.rp import World, an_app, asking

TABLES = ("authorization_requests", "authorization_codes", "token_families", "refresh_tokens")


async def _rows(world: World) -> list[int]:
    return [await world.db.fetchval(f"select count(*) from {table}") for table in TABLES]  # noqa: S608 - ours


async def test_expired_rows_go_and_living_ones_stay(world: World) -> None:
    """A family goes with its last refresh token; a spent code is remembered a day longer than it counts."""
    app = await world.tell(an_app())
    await world.tokens(app, await world.person("ada@upkeep.example"))
    async with world.browser() as http:
        await http.get("/oauth/authorize", params=asking(app))
    await upkeep.once(world.ground)
    assert [1, 1, 1, 1] == await _rows(world)
    world.clock.advance(timedelta(hours=23))
    await upkeep.once(world.ground)
    assert [0, 1, 1, 1] == await _rows(world)
    world.clock.advance(timedelta(hours=2))
    await upkeep.once(world.ground)
    assert [0, 0, 0, 0] == await _rows(world)


async def test_a_family_that_lives_sheds_its_old_tokens(world: World) -> None:
    """Retired refresh tokens go once they would have expired; the family and its newest one stay."""
    app = await world.tell(an_app())
    first = await world.tokens(app, await world.person("long@upkeep.example"))
    second = (await world.refresh(app, first["refresh_token"])).json()
    world.clock.advance(timedelta(hours=20))
    third = (await world.refresh(app, second["refresh_token"])).json()
    assert 3 == (await _rows(world))[-1]
    world.clock.advance(timedelta(hours=5))
    await upkeep.once(world.ground)
    assert [1, 1] == (await _rows(world))[2:]
    unknown = await world.refresh(app, first["refresh_token"])
    assert "refresh token not found" == unknown.json()["error_description"]
    assert 200 == (await world.refresh(app, third["refresh_token"])).status_code
    world.clock.advance(timedelta(days=2))
    await upkeep.once(world.ground)
    assert [0, 0] == (await _rows(world))[2:]


async def test_the_log_has_a_partition_for_each_day_to_come(world: World) -> None:
    """Today and two more; those past their time are dropped; running it again changes nothing."""
    await world.db.execute(
        "create table token_log_20200101 partition of token_log for values from ('2020-01-01') to ('2020-01-02')"
    )
    for _ in range(2):
        await days.keep(world.db, upkeep.LOG)
        names = await world.db.fetch("select relid::text as name from pg_partition_tree('token_log') where isleaf")
        assert (4, False) == (len(names), "token_log_20200101" in {row["name"] for row in names})


async def test_a_process_says_how_big_its_tables_are(world: World) -> None:
    """Each table with its partitions, so that growth is seen; what upkeep removes from is among them."""
    sizes = TableSizes(world.db)
    await sizes.refresh()
    found = {labels["table"]: size for size, labels in sizes._bytes()}
    assert {*TABLES, "token_log", "sessions", "logout_outbox"} <= set(found)
    assert "token_log_default" not in found
    assert all(size > 0 for size in found.values())
