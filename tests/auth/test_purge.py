"""What has had its time goes; what has not, stays."""

from datetime import timedelta

from services.auth import purge
from tests.auth.people import People, sign_in, sign_up


async def test_only_what_is_over_goes(process: People) -> None:
    """Sessions after 30 days, links after one, tries after 15 minutes, those of strangers after a day."""
    await process.developer("ada@old.example")
    async with process.browser() as browser:
        await sign_up(browser, "bob@old.example")
        await sign_in(browser, "ada@old.example", "a wrong guess")
        await sign_in(browser, "ada@old.example")
        await sign_in(browser, "bob@old.example", "a wrong guess")
    process.clock.advance(timedelta(days=29))
    async with process.signed_in("ada@old.example"):
        removed = await purge.once(process.ground.db, process.clock)
        assert (0, 1, 2) == tuple(removed[table] for table in ("sessions", "email_verifications", "sign_in_tries"))
        process.clock.advance(timedelta(days=1))
        assert 1 == (await purge.once(process.ground.db, process.clock))["sessions"]
    assert 1 == await process.ground.db.fetchval("select count(*) from sessions")


async def test_an_unsent_letter_is_never_purged(process: People) -> None:
    """However long its server is away."""
    async with process.browser() as browser:
        await sign_up(browser, "carol@old.example")
    process.clock.advance(timedelta(days=100))
    await purge.once(process.ground.db, process.clock)
    assert 1 == len(await process.letters("carol@old.example"))
