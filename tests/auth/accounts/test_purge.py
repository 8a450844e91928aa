"""What has had its time goes; what has not, stays."""

from datetime import timedelta

from services.auth.accounts import purge
from tests.auth.people import People, sign_in, sign_up


async def test_only_what_is_over_goes(house: People) -> None:
    """Sessions after 30 days, links after one, tries after 15 minutes; a living session stays."""
    await house.developer("ada@old.example")
    async with house.browser() as browser:
        await sign_up(browser, "bob@old.example")
        await sign_in(browser, "ada@old.example", "a wrong guess")
        await sign_in(browser, "ada@old.example")
        await sign_in(browser, "bob@old.example", "a wrong guess")
    house.clock.advance(timedelta(days=29))
    async with house.signed_in("ada@old.example"):
        removed = await purge.once(house.ground.db, house.clock)
        assert (0, 1, 1) == tuple(removed[table] for table in ("sessions", "email_verifications", "sign_in_tries"))
        house.clock.advance(timedelta(days=1))
        assert 1 == (await purge.once(house.ground.db, house.clock))["sessions"]
    assert 1 == await house.ground.db.fetchval("select count(*) from sessions")


async def test_an_unsent_letter_is_never_purged(house: People) -> None:
    """However long its server is away."""
    async with house.browser() as browser:
        await sign_up(browser, "carol@old.example")
    house.clock.advance(timedelta(days=100))
    await purge.once(house.ground.db, house.clock)
    assert 1 == len(await house.letters("carol@old.example"))
