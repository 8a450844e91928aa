"""What strangers put into the letterbox is worked on once, whole or not at all."""

import asyncio

import asyncpg
import pytest

from chassis.postgres import Tx
from services.auth.accounts import sign_up
from services.auth.letterbox import box, clerk
from services.auth.letterbox.box import SignUpAsked
from tests.auth.people import People


def an_ask(email: str) -> SignUpAsked:
    return SignUpAsked(email=email, email_key=email, password_hash="-", role="user", language="en")


async def put(process: People, email: str) -> None:
    async with process.ground.db.transaction() as tx:
        await box.put(tx, process.ground.vault, an_ask(email), process.clock.now())


async def accounts(process: People, email: str) -> int:
    return int(await process.ground.db.fetchval("select count(*) from users where email = $1", email))


async def test_several_clerks_do_it_once(process: People) -> None:
    """Ten asks and four clerks: ten accounts, ten letters, an empty box."""
    emails = [f"{number}@box.example" for number in range(10)]
    for email in emails:
        await put(process, email)
    assert 10 == sum(await asyncio.gather(*(clerk.once(process.ground) for _ in range(4))))
    assert 10 * [1] == [await accounts(process, email) for email in emails]
    assert 10 * [1] == [len(await process.letters(email)) for email in emails]
    assert 0 == await process.ground.db.fetchval("select count(*) from letterbox")


async def test_what_fails_leaves_nothing_and_comes_again(process: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault after the account was made undoes it all; others go on meanwhile; the next try does it; five end it."""
    real = sign_up.settle

    async def failing(ground: object, tx: Tx, ask: SignUpAsked) -> None:
        await real(process.ground, tx, ask)
        if ask.email.startswith("bad"):
            raise RuntimeError("the lights went out")

    monkeypatch.setattr(sign_up, "settle", failing)
    await put(process, "bad@box.example")
    await put(process, "good@box.example")
    await clerk.once(process.ground)
    assert (0, 1) == (await accounts(process, "bad@box.example"), await accounts(process, "good@box.example"))
    assert [] == await process.letters("bad@box.example")
    monkeypatch.undo()
    process.clock.advance(box.PAUSE)
    await clerk.once(process.ground)
    assert 1 == await accounts(process, "bad@box.example")


async def test_what_never_works_is_given_up(process: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last try the box is empty again."""

    async def failing(*_: object) -> None:
        raise RuntimeError("always")

    monkeypatch.setattr(sign_up, "settle", failing)
    await put(process, "never@box.example")
    for _ in range(box.MOST_TRIES):
        await clerk.once(process.ground)
        process.clock.advance(box.PAUSE * box.MOST_TRIES)
    assert 0 == await process.ground.db.fetchval("select count(*) from letterbox")


async def test_a_clerk_who_dies_leaves_the_ask(process: People) -> None:
    """The connection is cut in the middle: nothing is done, nothing is lost, another clerk does it."""
    await put(process, "orphan@box.example")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await _die_at_work(process)
    assert 0 == await accounts(process, "orphan@box.example")
    assert 1 == await clerk.once(process.ground)
    assert 1 == await accounts(process, "orphan@box.example")


async def _die_at_work(process: People) -> None:
    async with process.ground.db.transaction() as tx:
        waiting = await box.take(tx, process.clock.now())
        assert waiting is not None
        await sign_up.settle(process.ground, tx, an_ask("orphan@box.example"))
        await box.remove(tx, waiting)
        await tx.execute("select pg_terminate_backend(pg_backend_pid())")


async def test_it_tells_a_thief_of_the_database_nothing(process: People) -> None:
    """Address and hash are sealed."""
    await put(process, "sealed@box.example")
    sealed = await process.ground.db.fetchval("select sealed from letterbox limit 1")
    assert b"sealed@" not in sealed
    await clerk.once(process.ground)
