"""Sign-in with a second factor: asked for, counted, taken once, and told truthfully."""

import asyncio
from datetime import timedelta

import httpx

from services.auth import purge
from services.auth.factors import tries
from services.auth.known_devices import remember
from tests.auth.factors.builders import Authenticator, code, options_of, with_passkey, with_totp
from tests.auth.people import People, csrf, sign_in

SECOND = "/session/second"


async def half_in(browser: httpx.AsyncClient, email: str) -> str:
    """Signs in with the password; the CSRF token of the page that asks for more."""
    answer = await sign_in(browser, email)
    assert (303, f"{SECOND}?return_to=%2Fconsole") == (answer.status_code, answer.headers["location"])
    return await csrf(browser, answer.headers["location"])


async def test_a_password_alone_is_not_enough(process: People) -> None:
    """With one-time codes on, the right password opens nothing; the code on top of it opens the console."""
    await process.developer("ada@second.example")
    async with process.signed_in("ada@second.example") as first:
        seed, _ = await with_totp(process, first)
    process.clock.advance(timedelta(minutes=1))
    async with process.browser() as browser:
        token = await half_in(browser, "ada@second.example")
        assert 303 == (await browser.get("/console")).status_code
        wrong = await browser.post(SECOND, data={"csrf_token": token, "code": "000000"})
        assert 422 == wrong.status_code
        right = await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})
        assert (303, "/console") == (right.status_code, right.headers["location"])
        assert 200 == (await browser.get("/console")).status_code
    row = await process.ground.db.fetchrow("select methods, otp_at from sessions order by created_at desc limit 1")
    assert row is not None
    assert (["pwd", "otp", "mfa"], process.clock.now()) == (row["methods"], row["otp_at"])


async def test_a_browser_is_known_after_the_second_factor(process: People) -> None:
    """A password alone makes no browser known, whose tries would count apart; with the code on top of it, it is."""
    account = await process.developer("known@second.example")
    async with process.signed_in("known@second.example") as first:
        seed, _ = await with_totp(process, first)
    process.clock.advance(timedelta(minutes=1))
    async with process.browser() as browser:
        token = await half_in(browser, "known@second.example")
        assert remember.COOKIE not in browser.cookies
        await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})
        assert remember.COOKIE in browser.cookies
    assert 2 == await process.ground.db.fetchval("select count(*) from known_devices where user_id = $1", account.id)


async def test_a_code_counts_once(process: People) -> None:
    """A code that was taken is refused in another sign-in, even within its thirty seconds (RFC 6238 section 5.2)."""
    await process.developer("bob@second.example")
    async with process.signed_in("bob@second.example") as first:
        seed, _ = await with_totp(process, first)
    process.clock.advance(timedelta(minutes=1))
    now = code(process, seed)
    async with process.browser() as one, process.browser() as two:
        tokens = [await half_in(browser, "bob@second.example") for browser in (one, two)]
        answers = await asyncio.gather(
            *(
                browser.post(SECOND, data={"csrf_token": token, "code": now})
                for browser, token in zip((one, two), tokens, strict=True)
            )
        )
    assert [303, 422] == sorted(answer.status_code for answer in answers)


async def test_a_half_sign_in_counts_once(process: People) -> None:
    """Two right codes for one half sign-in begin one session, and the other browser has to begin again."""
    account = await process.developer("carol@second.example")
    async with process.signed_in("carol@second.example") as first:
        seed, backup = await with_totp(process, first)
    process.clock.advance(timedelta(minutes=1))
    count = "select count(*) from sessions where user_id = $1"
    before = await process.ground.db.fetchval(count, account.id)
    async with process.browser() as browser:
        token = await half_in(browser, "carol@second.example")
        shown = ({"code": code(process, seed)}, {"backup": backup[0]}, {"backup": backup[1]})
        answers = await asyncio.gather(*(browser.post(SECOND, data={"csrf_token": token, **one}) for one in shown))
    assert 1 == await process.ground.db.fetchval(count, account.id) - before
    assert 1 == len([answer for answer in answers if answer.headers.get("location") == "/console"])
    used = await process.ground.db.fetchval("select count(*) from backup_codes where used_at is not null")
    spent = await process.ground.db.fetchval(
        "select count(*) from totp_seeds where last_used_at = $1", process.clock.now()
    )
    assert 1 == used + spent, "what lost the race is not spent"


async def test_tries_are_counted_for_the_account(process: People) -> None:
    """After five wrong codes even the right one has to wait, from whatever network; then it counts."""
    await process.developer("dave@second.example")
    async with process.signed_in("dave@second.example") as first:
        seed, _ = await with_totp(process, first)
    process.clock.advance(timedelta(minutes=1))
    async with process.browser("198.51.100.4") as browser:
        token = await half_in(browser, "dave@second.example")
        wrong = [await browser.post(SECOND, data={"csrf_token": token, "code": "000000"}) for _ in range(5)]
        assert 5 * [422] == [answer.status_code for answer in wrong]
    async with process.browser("203.0.113.4") as browser:
        token = await half_in(browser, "dave@second.example")
        late = await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})
        assert (429, True) == (late.status_code, int(late.headers["retry-after"]) > 0)
        await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})
        told = [kind for kind, _ in await process.letters("dave@second.example")]
        assert ["totp_added", "codes_guessed"] == told, "once, not for each try"
        process.clock.advance(tries.WINDOW + timedelta(seconds=30))
        token = await half_in(browser, "dave@second.example")
        assert 303 == (await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})).status_code


async def test_parallel_guesses_are_counted(process: People) -> None:
    """Twenty guesses at once are five guesses."""
    await process.developer("erin@second.example")
    async with process.signed_in("erin@second.example") as first:
        await with_totp(process, first)
    async with process.browser() as browser:
        token = await half_in(browser, "erin@second.example")
        form = {"csrf_token": token, "code": "000000"}
        answers = await asyncio.gather(*(browser.post(SECOND, data=form) for _ in range(20)))
    assert (5, 15) == tuple(len([one for one in answers if one.status_code == status]) for status in (422, 429))


async def test_a_backup_code_stands_in_once(process: People) -> None:
    """With or without hyphens and capitals; its owner is told; a second use is refused."""
    await process.developer("frank@second.example")
    async with process.signed_in("frank@second.example") as first:
        _, backup = await with_totp(process, first)
    assert 10 == len(set(backup))
    async with process.browser() as browser:
        token = await half_in(browser, "frank@second.example")
        typed = backup[3].replace("-", "").upper()
        assert 303 == (await browser.post(SECOND, data={"csrf_token": token, "backup": typed})).status_code
    async with process.browser() as browser:
        token = await half_in(browser, "frank@second.example")
        assert 422 == (await browser.post(SECOND, data={"csrf_token": token, "backup": typed})).status_code
    kind, told = (await process.letters("frank@second.example"))[-1]
    assert ("backup_code_used", True) == (kind, '"left":"9"' in told)


async def test_new_backup_codes_end_the_old(process: People) -> None:
    """Once there are new ones, the old open nothing."""
    await process.developer("gina@second.example")
    async with process.signed_in("gina@second.example") as first:
        _, old = await with_totp(process, first)
        token = await csrf(first, "/account/backup-codes")
        page = await first.post("/account/backup-codes", data={"csrf_token": token})
        assert (200, "no-store") == (page.status_code, page.headers["cache-control"])
        assert old[0] not in page.text
    async with process.browser() as browser:
        token = await half_in(browser, "gina@second.example")
        assert 422 == (await browser.post(SECOND, data={"csrf_token": token, "backup": old[0]})).status_code


async def test_a_passkey_as_second_factor(process: People) -> None:
    """It need not verify its user, because the password was shown; the challenge is for this half sign-in alone."""
    account = await process.developer("hal@second.example")
    key = Authenticator(verifies=False)
    async with process.signed_in("hal@second.example") as first:
        await with_passkey(first, key)
    async with process.browser() as browser, process.browser() as other:
        token = await half_in(browser, "hal@second.example")
        await half_in(other, "hal@second.example")
        _, foreign = await options_of(other, SECOND)
        _, own = await options_of(browser, SECOND)
        stolen = await browser.post(SECOND, data={"csrf_token": token, "credential": key.show(foreign)})
        assert 422 == stolen.status_code
        right = await browser.post(SECOND, data={"csrf_token": token, "credential": key.show(own)})
        assert 303 == right.status_code, right.text
    rows = await process.ground.db.fetch("select methods from sessions where user_id = $1", account.id)
    assert [["pwd"], ["pwd", "pop", "user", "mfa"]] == sorted((row["methods"] for row in rows), key=len)


async def test_a_half_sign_in_ends(process: People) -> None:
    """After ten minutes, for a suspended account, and in another browser it leads back to the sign-in page."""
    account = await process.developer("ivy@second.example")
    async with process.signed_in("ivy@second.example") as first:
        seed, _ = await with_totp(process, first)
    async with process.browser() as nobody:
        assert "/session/new?return_to=%2Fconsole" == (await nobody.get(SECOND)).headers["location"]
    async with process.browser() as browser:
        token = await half_in(browser, "ivy@second.example")
        process.clock.advance(timedelta(minutes=11))
        late = await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})
        assert "/session/new?return_to=%2Fconsole" == late.headers["location"]
    async with process.browser() as browser:
        token = await half_in(browser, "ivy@second.example")
        await process.ground.db.execute("update users set suspended_at = now() where id = $1", account.id)
        late = await browser.post(SECOND, data={"csrf_token": token, "code": code(process, seed)})
        assert "/session/new?return_to=%2Fconsole" == late.headers["location"]


async def test_what_is_over_goes(process: People) -> None:
    """Half sign-ins, challenges and counted tries are purged once their time has passed, factors never."""
    account = await process.developer("jack@second.example")
    async with process.signed_in("jack@second.example") as first:
        await with_totp(process, first)
    async with process.browser() as browser:
        token = await half_in(browser, "jack@second.example")
        await browser.post(SECOND, data={"csrf_token": token, "code": "000000"})
        await options_of(browser, "/session/passkey")
    process.clock.advance(timedelta(minutes=16))
    removed = await purge.once(process.ground.db, process.clock)
    assert all(removed[table] > 0 for table in ("half_sign_ins", "passkey_challenges", "factor_tries"))
    assert 1 == await process.ground.db.fetchval("select count(*) from totp_seeds where user_id = $1", account.id)
