"""Showing once more who one is: what counts, for how long, and that it counts for this session alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import step_up
from contracts.principal import Pak, Session
from tests.auth.factors.builders import Authenticator, code, options_of, with_passkey, with_totp
from tests.auth.people import PASSWORD, People, csrf, sign_in

PAGE = "/session/confirm?return_to=%2Faccount%2Fpasskeys%2Fnew"
NOW = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)


def a_session(**changes: Any) -> Session:
    usual: dict[str, Any] = {"user_id": 1, "sub": "1", "role": "user", "identity_verified_level": 1}
    signed_in = {"session_id": "00", "csrf_token": "x", "authenticated_at": NOW - timedelta(hours=1)}
    return Session(**{**usual, **signed_in, **changes})


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("session", "recent", "otp"),
    [
        (a_session(), False, False),
        (a_session(authenticated_at=ago(14)), True, False),
        (a_session(authenticated_at=ago(4)), True, True),
        (a_session(confirmed_at=ago(14)), True, False),
        (a_session(confirmed_at=ago(4)), True, True),
        (a_session(confirmed_at=ago(16)), False, False),
        (a_session(authenticated_at=ago(1), factors=("totp",)), False, False),
        (a_session(authenticated_at=ago(1), confirmed_at=ago(1), factors=("passkey",)), False, False),
        (a_session(otp_at=ago(4), factors=("totp",)), True, True),
        (a_session(otp_at=ago(6), factors=("totp",)), True, False),
        (a_session(otp_at=ago(16), factors=("totp",)), False, False),
        (a_session(passkey_at=ago(14), factors=("totp", "passkey")), True, True),
        (a_session(passkey_at=ago(16), factors=("passkey",)), False, False),
        (a_session(otp_at=ago(14), factors=("passkey",)), True, False),
        (Pak(user_id=1, sub="1", role="admin", identity_verified_level=1, pak_id=1), False, False),
    ],
)
def test_what_counts(session: Session | Pak, recent: bool, otp: bool) -> None:
    """auth.md 2.9 and ruling 18, row by row: the password only without factors, 15 minutes or 5, a passkey for 15."""
    assert (recent, otp) == (step_up.met(session, NOW), step_up.met(session, NOW, "otp"))


async def test_the_password_again(process: People) -> None:
    """Without a second factor the password steps up; the session's id changes, and the old cookie opens nothing."""
    await process.developer("ada@up.example")
    async with process.signed_in("ada@up.example") as browser:
        process.clock.advance(timedelta(minutes=16))
        token, before = await csrf(browser, PAGE), browser.cookies["logi_session"]
        form = {"csrf_token": token, "return_to": "/account/passkeys/new"}
        wrong = await browser.post("/session/confirm", data={**form, "password": "not the password"})
        assert 401 == wrong.status_code
        right = await browser.post("/session/confirm", data={**form, "password": PASSWORD})
        assert (303, "/account/passkeys/new") == (right.status_code, right.headers["location"])
        assert 200 == (await browser.get("/account/passkeys/new")).status_code
        assert before != browser.cookies["logi_session"]
        async with process.browser() as thief:
            thief.cookies.set("logi_session", before)
            assert 303 == (await thief.get("/console")).status_code


async def test_a_factor_beats_the_password(process: People) -> None:
    """Who has one-time codes on is not asked for the password, and it would not count; the code does."""
    await process.developer("bob@up.example")
    async with process.signed_in("bob@up.example") as browser:
        seed, _ = await with_totp(process, browser)
        process.clock.advance(timedelta(minutes=16))
        page = await browser.get(PAGE)
        assert 'name="password"' not in page.text
        form = {"csrf_token": await csrf(browser, PAGE), "return_to": "/account/passkeys/new"}
        refused = await browser.post("/session/confirm", data={**form, "password": PASSWORD})
        assert 403 == refused.status_code
        right = await browser.post("/session/confirm", data={**form, "code": code(process, seed)})
        assert 303 == right.status_code
        assert 200 == (await browser.get("/account/passkeys/new")).status_code


async def test_other_sessions_are_not_stepped_up(process: People) -> None:
    """A session that was there before the factor, and one that has shown it elsewhere, count each for itself."""
    await process.developer("carol@up.example")
    async with process.signed_in("carol@up.example") as one, process.signed_in("carol@up.example") as other:
        await with_totp(process, one)
        assert 200 == (await one.get("/account/passkeys/new")).status_code
        there = await other.get("/account/passkeys/new")
        assert there.headers["location"].startswith("/session/confirm?")


async def test_a_passkey_steps_up(process: People) -> None:
    """With its user verified, for this session's challenge; without that it does not."""
    await process.developer("dave@up.example")
    key = Authenticator()
    async with process.signed_in("dave@up.example") as browser:
        await with_passkey(browser, key)
        process.clock.advance(timedelta(minutes=16))
        token, options = await options_of(browser, PAGE)
        assert "required" == options["userVerification"]
        key.verifies = False
        form = {"csrf_token": token, "return_to": "/account/passkeys/new"}
        merely_held = await browser.post("/session/confirm", data={**form, "credential": key.show(options)})
        assert 422 == merely_held.status_code
        key.verifies = True
        _, options = await options_of(browser, PAGE)
        right = await browser.post("/session/confirm", data={**form, "credential": key.show(options)})
        assert 303 == right.status_code, right.text
        assert 303 == (await browser.get(PAGE)).status_code, "whoever has just shown it goes on at once"


async def test_two_step_ups_at_once(process: People) -> None:
    """One code shown five times at once steps one session up once."""
    await process.developer("erin@up.example")
    async with process.signed_in("erin@up.example") as browser:
        seed, _ = await with_totp(process, browser)
        process.clock.advance(timedelta(minutes=16))
        form = {"csrf_token": await csrf(browser, PAGE), "code": code(process, seed)}
        answers = await asyncio.gather(*(browser.post("/session/confirm", data=form) for _ in range(5)))
    assert 1 == len([one for one in answers if "logi_session" in one.headers.get("set-cookie", "")])


async def test_a_code_by_mail_for_who_has_nothing_else(process: People) -> None:
    """An account without password and factor proves its mailbox, with five tries; with a password there is no mail."""
    account = await process.developer("frank@up.example")
    async with process.signed_in("frank@up.example") as browser:
        token = await csrf(browser, "/console")
        assert 403 == (await browser.post("/session/confirm/mail", data={"csrf_token": token})).status_code
        await process.ground.db.execute("update users set password_hash = null where id = $1", account.id)
        process.clock.advance(timedelta(minutes=16))
        sent = await browser.post("/session/confirm/mail", data={"csrf_token": token})
        assert 200 == (await browser.get(sent.headers["location"])).status_code
        kind, told = (await process.letters("frank@up.example"))[-1]
        mailed = told.partition('"code":"')[2][:6]
        assert ("confirm_code", True) == (kind, mailed.isdigit())
        wrong = "000000" if mailed != "000000" else "111111"
        form = {"csrf_token": token, "return_to": "/account/passkeys/new"}
        for _ in range(4):
            assert 422 == (await browser.post("/session/confirm", data={**form, "mailed": wrong})).status_code
        right = await browser.post("/session/confirm", data={**form, "mailed": mailed})
        assert (303, "/account/passkeys/new") == (right.status_code, right.headers["location"])
        assert 200 == (await browser.get("/account/passkeys/new")).status_code
        again = await browser.post("/session/confirm", data={**form, "mailed": mailed})
        assert 422 == again.status_code


async def test_a_sign_in_with_a_factor_is_a_step_up(process: People) -> None:
    """Whoever has just signed in with both is not asked again."""
    await process.developer("grace@up.example")
    async with process.signed_in("grace@up.example") as first:
        seed, _ = await with_totp(process, first)
    process.clock.advance(timedelta(minutes=1))
    async with process.browser() as browser:
        there = (await sign_in(browser, "grace@up.example")).headers["location"]
        form = {"csrf_token": await csrf(browser, there), "code": code(process, seed)}
        await browser.post("/session/second", data=form)
        assert 200 == (await browser.get("/account/passkeys/new")).status_code


async def test_a_mailed_code_counts_once(process: People) -> None:
    """Five who show it at once step one session up once."""
    account = await process.developer("hal@up.example")
    async with process.signed_in("hal@up.example") as browser:
        await process.ground.db.execute("update users set password_hash = null where id = $1", account.id)
        token = await csrf(browser, "/console")
        await browser.post("/session/confirm/mail", data={"csrf_token": token})
        mailed = (await process.letters("hal@up.example"))[-1][1].partition('"code":"')[2][:6]
        form = {"csrf_token": token, "mailed": mailed}
        answers = await asyncio.gather(*(browser.post("/session/confirm", data=form) for _ in range(5)))
    assert 1 == len([one for one in answers if "logi_session" in one.headers.get("set-cookie", "")])


async def test_who_has_nothing_to_show_signs_in_again(process: People) -> None:
    """Neither factor nor password nor a proved address: the page says what is left."""
    account = await process.developer("ivy@up.example")
    async with process.signed_in("ivy@up.example") as browser:
        bare = "update users set password_hash = null, identity_verified_level = 0 where id = $1"
        await process.ground.db.execute(bare, account.id)
        process.clock.advance(timedelta(minutes=16))
        page = await browser.get(PAGE)
        assert 'class="button main wide" href="/session/new?return_to=%2Faccount%2Fpasskeys%2Fnew' in page.text
        token = await csrf(browser, "/console")
        assert 404 == (await browser.post("/session/confirm/mail", data={"csrf_token": token})).status_code
