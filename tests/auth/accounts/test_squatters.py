"""Whoever uses an address that is not theirs keeps nothing of it, and keeps its owner from nothing."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.auth.accounts.test_sign_up import token_of, use
from tests.auth.deletion.test_deletion import delete, keep
from tests.auth.email_change.test_email_change import ask
from tests.auth.email_change.test_email_change import use as use_new
from tests.auth.people import PASSWORD, People, csrf, sign_in, sign_up
from tests.auth.reset.test_reset import choose, forget
from tests.auth.reset.test_reset import token_of as reset_of

THEIRS = "a stranger's password"

LEFT = """select u.preferred_name, u.full_name,
    (select count(*) from upstream_identities i where i.user_id = u.id) as identities,
    (select count(*) from device_credentials d where d.user_id = u.id) as devices
    from users u where u.email_key = $1 and u.deleted_at is null"""


async def squatter(house: People, email: str) -> int:
    """Somebody who signed up with an address that is not theirs."""
    async with house.browser() as browser:
        await sign_up(browser, email, THEIRS)
    found: int = await house.ground.db.fetchval("select id from users where email_key = $1", email)
    return found


async def furnished(house: People, user_id: int) -> None:
    """With a name, a sign-in at a provider and a device: ways to come back."""
    db, now = house.ground.db, house.clock.now()
    await db.execute("update users set preferred_name = 'Squatter', full_name = 'S.' where id = $1", user_id)
    await db.execute(
        """insert into upstream_identities (user_id, connector, subject, linked_at, last_used_at)
        values ($1, 'acme', $2, $3, $3)""",
        user_id,
        f"subject {user_id}",
        now,
    )
    await db.execute(
        """insert into device_credentials (user_id, device_uuid, platform, secret_sha256, created_at, last_used_at)
        values ($1, $2, 'ios', $3, $4, $4)""",
        user_id,
        uuid4(),
        b"x" * 32,
        now,
    )


@pytest.mark.parametrize("way", ["sign_up", "reset"])
async def test_the_owner_takes_over_an_empty_account(process: People, way: str) -> None:
    """By signing up or by a new password: no provider, no device and no name of the stranger's is left in it."""
    email = f"{way}@squatted.example"
    await furnished(process, await squatter(process, email))
    if way == "sign_up":
        async with process.browser() as browser:
            await sign_up(browser, email)
        assert 200 == await use(process, await token_of(process, email))
    else:
        await forget(process, email)
        assert 200 == (await choose(process, await reset_of(process, email), PASSWORD)).status_code
    left = await process.ground.db.fetchrow(LEFT, email)
    assert {"preferred_name": None, "full_name": None, "identities": 0, "devices": 0} == dict(left or {})
    async with process.browser() as browser:
        assert 303 == (await sign_in(browser, email)).status_code


async def test_the_owner_moves_there(process: People) -> None:
    """Whoever proves the address for their own account gets it; the account of the stranger has none any more."""
    email = "moved@squatted.example"
    stranger = await squatter(process, email)
    await process.developer("before@squatted.example")
    async with process.signed_in("before@squatted.example") as browser:
        assert 303 == (await ask(browser, email)).status_code
    assert 200 == await use_new(process, email)
    assert await process.ground.db.fetchval("select email from users where id = $1", stranger) is None
    told = [e["user"]["id"] for e in await process.announced("auth.user.email_changed")]
    assert stranger in told
    async with process.browser() as browser:
        assert 303 == (await sign_in(browser, email)).status_code


async def test_a_closed_account_that_proved_nothing_blocks_nobody(process: People) -> None:
    """A stranger signs up with my address and deletes the account: I sign up all the same; theirs stays gone."""
    email = "closed@squatted.example"
    await squatter(process, email)
    async with process.browser() as browser:
        await sign_in(browser, email, THEIRS)
        assert 202 == (await delete(browser)).status_code
        comes_back, page = await _offered(process, email)
        await sign_up(browser, email)
    assert 200 == await use(process, await token_of(process, email))
    assert 409 == (await keep(comes_back, page)).status_code
    async with process.browser() as browser:
        assert 303 == (await sign_in(browser, email)).status_code


async def _offered(process: People, email: str) -> tuple[httpx.AsyncClient, str]:
    browser = process.browser()
    answer = await sign_in(browser, email, THEIRS)
    return browser, answer.headers["location"]


async def test_guesses_inside_are_counted_by_session(process: People) -> None:
    """A stolen session has five guesses at the password from all networks together, and uses up none of the owner's."""
    email = "inside@squatted.example"
    await process.developer(email)
    async with process.signed_in(email) as owner, process.signed_in(email) as stolen:
        process.clock.advance(timedelta(minutes=16))
        token, answers = await csrf(stolen, "/session/confirm"), []
        for number in range(7):
            async with process.browser(f"198.51.100.{number}") as elsewhere:
                elsewhere.cookies = stolen.cookies
                form = {"csrf_token": token, "password": f"guess number {number}"}
                answers.append((await elsewhere.post("/session/confirm", data=form)).status_code)
        assert 5 * [401] + 2 * [429] == answers
        form = {"csrf_token": await csrf(owner, "/session/confirm"), "password": PASSWORD}
        assert 303 == (await owner.post("/session/confirm", data=form)).status_code
