"""Guessing ends, and still nobody can lock an owner out."""

import asyncio
from datetime import timedelta

from services.auth.accounts import tries
from services.auth.known_devices.remember import COOKIE
from tests.auth.people import People, csrf, sign_in


async def strangers_try(house: People, email: str, times: int, ip: str | None = None) -> int:
    """Wrong guesses, each from a network of its own or all from one; the last status."""
    status = 0
    for number in range(times):
        async with house.browser(ip or f"198.51.{100 + number // 200}.{number % 200}") as browser:
            status = (await sign_in(browser, email, "a wrong guess")).status_code
    return status


async def test_a_known_browser_has_tries_of_its_own(process: People) -> None:
    """Whoever has signed in before gets in, though a neighbour of the same network used up every try."""
    await process.developer("ada@lock.example")
    async with process.signed_in("ada@lock.example", "203.0.113.1") as browser:
        assert 429 == await strangers_try(process, "ada@lock.example", tries.ALLOWED + 1, "203.0.113.1")
        assert 303 == (await sign_in(browser, "ada@lock.example")).status_code
        for _ in range(tries.ALLOWED):
            assert 401 == (await sign_in(browser, "ada@lock.example", "a slip")).status_code
        assert 429 == (await sign_in(browser, "ada@lock.example")).status_code


async def test_guessing_from_everywhere_ends(process: People, monkeypatch) -> None:
    """Many networks together have so many tries; a known browser goes on, a strange one is let in by mail."""
    monkeypatch.setattr(tries, "ALLOWED_TO_STRANGERS", 8)
    await process.developer("bob@lock.example")
    async with process.signed_in("bob@lock.example") as known, process.browser("192.0.2.99") as fresh:
        assert 429 == await strangers_try(process, "bob@lock.example", 9)
        assert 303 == (await sign_in(known, "bob@lock.example")).status_code
        refused = await sign_in(fresh, "bob@lock.example")
        assert (429, True) == (refused.status_code, "many places" in refused.text)
        form = {"email": "bob@lock.example", "csrf_token": await csrf(fresh, "/session/forgot")}
        await fresh.post("/session/forgot", data=form)
        ((_, link),) = await process.letters("bob@lock.example")
        token = link.partition("token=")[2]
        form = {"token": token, "csrf_token": await csrf(fresh, f"/session/reset?token={token}")}
        assert "/session/new" in (await fresh.post("/session/let_in", data=form)).headers["location"]
        assert 303 == (await sign_in(fresh, "bob@lock.example")).status_code
        assert 409 == (await fresh.post("/session/let_in", data=form)).status_code
    process.clock.advance(timedelta(hours=24))
    async with process.browser("192.0.2.98") as another:
        assert 303 == (await sign_in(another, "bob@lock.example")).status_code


async def test_a_cookie_of_another_account_helps_nobody(process: People) -> None:
    """A browser is known to the accounts that it has entered; to any other it is strange."""
    await process.developer("carol@lock.example")
    await process.developer("mallory@lock.example")
    async with process.signed_in("mallory@lock.example", "203.0.113.7") as browser:
        assert COOKIE in browser.cookies
        for _ in range(tries.ALLOWED):
            assert 401 == (await sign_in(browser, "carol@lock.example", "a wrong guess")).status_code
        assert 429 == (await sign_in(browser, "carol@lock.example", "a wrong guess")).status_code


async def test_a_refused_try_costs_no_hash(process: People) -> None:
    """Who is over the limit is turned away before a password is hashed, so floods cost no more than a count."""
    await strangers_try(process, "nobody@lock.example", tries.ALLOWED, "203.0.113.9")
    calls: list[str] = []
    real = process.ground.passwords.matches

    async def counted(stored: str | None, password: str) -> bool:
        calls.append(password)
        return await real(stored, password)

    process.ground.passwords.matches = counted  # type: ignore[method-assign] # a counter in front of the real one
    try:
        assert 429 == await strangers_try(process, "nobody@lock.example", 3, "203.0.113.9")
    finally:
        process.ground.passwords.matches = real  # type: ignore[method-assign] # as it was
    assert [] == calls


async def test_the_owner_and_strangers_at_once(process: People) -> None:
    """Counting and forgetting lock the same rows: whoever comes is let in, wrong or over the limit, never stuck."""
    await process.developer("dora@lock.example")

    async def one(number: int) -> int:
        async with process.browser(f"203.0.113.{40 + number % 3}") as browser:
            password = {} if number % 2 else {"password": "a wrong guess"}
            return (await sign_in(browser, "dora@lock.example", **password)).status_code

    statuses = await asyncio.gather(*(one(number) for number in range(24)))
    assert {303, 401, 429} >= set(statuses)
    assert 303 in statuses
    assert 303 == await one(1)
