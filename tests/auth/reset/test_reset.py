"""A forgotten password: who has the mailbox chooses a new one, once, and nobody learns of anybody."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import asyncpg.connection
import pytest

from services.auth.passwords.hashing import Passwords
from tests.auth.people import PASSWORD, People, a_key, bearer, csrf, sign_in, sign_up

NEW = "a new and longer sentence"


async def forget(house: People, email: str, return_to: str = "") -> Any:
    async with house.browser() as browser:
        form = {"email": email, "return_to": return_to, "csrf_token": await csrf(browser, "/session/forgot")}
        return await browser.post("/session/forgot", data=form)


async def token_of(house: People, email: str) -> str:
    links = [link for kind, link in await house.letters(email) if kind == "reset_password"]
    return links[-1].partition("token=")[2]


async def choose(house: People, token: str, password: str = NEW) -> Any:
    async with house.browser() as browser:
        page = await browser.get(f"/session/reset?token={token}")
        found = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"token": token, "password": password, "csrf_token": found}
        if not found:
            form["csrf_token"] = await csrf(browser, "/session/forgot")
        return await browser.post("/session/reset", data=form)


async def test_the_owner_of_the_mailbox_chooses(house: People) -> None:
    """The link leads to a form; the new password counts, the old one does not, every session has ended."""
    await house.developer("ada@reset.example")
    async with house.signed_in("ada@reset.example") as browser:
        assert (303, "/session/forgot/sent") == (
            (answer := await forget(house, "ADA@reset.example ")).status_code,
            answer.headers["location"],
        )
        assert 200 == (await choose(house, await token_of(house, "ada@reset.example"))).status_code
        assert 303 == (await browser.get("/console")).status_code
    async with house.browser() as browser:
        assert 401 == (await sign_in(browser, "ada@reset.example", PASSWORD)).status_code
        assert 303 == (await sign_in(browser, "ada@reset.example", NEW)).status_code
    assert "password_changed" in [kind for kind, _ in await house.letters("ada@reset.example")]


async def test_a_link_is_good_once(house: People) -> None:
    """Of twenty who use it at once, one wins; the others, and every later one, are refused."""
    await house.developer("bob@reset.example")
    await forget(house, "bob@reset.example")
    token = await token_of(house, "bob@reset.example")
    answers = await asyncio.gather(*(choose(house, token, f"{NEW} {number}") for number in range(20)))
    codes = sorted(answer.status_code for answer in answers)
    assert [200] + 19 * [409] == codes
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    async with house.browser() as browser:
        assert 303 == (await sign_in(browser, "bob@reset.example", f"{NEW} {won}")).status_code


async def test_a_link_lasts_half_an_hour(house: People) -> None:
    """At thirty minutes it is as good as used, and its page says so."""
    await house.developer("carol@reset.example")
    await forget(house, "carol@reset.example")
    token = await token_of(house, "carol@reset.example")
    house.clock.advance(timedelta(minutes=30))
    assert 409 == (await choose(house, token)).status_code
    async with house.browser() as browser:
        page = await browser.get(f"/session/reset?token={token}")
    assert (409, True) == (page.status_code, "30 minutes" in page.text)


async def test_a_new_password_spends_the_other_links(house: People) -> None:
    """Of two links that were mailed, the second dies with the use of the first."""
    await house.developer("dave@reset.example")
    await forget(house, "dave@reset.example")
    first = await token_of(house, "dave@reset.example")
    await forget(house, "dave@reset.example")
    second = await token_of(house, "dave@reset.example")
    assert 200 == (await choose(house, first)).status_code
    assert 409 == (await choose(house, second)).status_code


async def test_a_refused_password_leaves_the_link_whole(house: People) -> None:
    """Short ones and those that everybody tries are refused beside the field; the link still works."""
    await house.developer("erin@reset.example")
    await forget(house, "erin@reset.example")
    token = await token_of(house, "erin@reset.example")
    for password in ("too short", "Password2024!", "Reset2024!!"):
        answer = await choose(house, token, password)
        assert (422, True, False) == (answer.status_code, 'role="alert"' in answer.text, f'"{password}"' in answer.text)
    assert 200 == (await choose(house, token)).status_code


async def test_opening_the_link_uses_nothing_up(house: People) -> None:
    """A mail scanner leaves it whole."""
    await house.developer("frank@reset.example")
    await forget(house, "frank@reset.example")
    token = await token_of(house, "frank@reset.example")
    async with house.browser() as scanner:
        assert 3 * [200] == [(await scanner.get(f"/session/reset?token={token}")).status_code for _ in range(3)]
    assert 200 == (await choose(house, token)).status_code


async def test_mails_end(house: People) -> None:
    """Nobody fills another's mailbox by forgetting: three links within the hour, then silence with the same answer."""
    await house.developer("grace@reset.example")
    answers = [await forget(house, "grace@reset.example") for _ in range(6)]
    assert {303} == {answer.status_code for answer in answers}
    assert 3 == len(await house.letters("grace@reset.example"))


async def test_host_poisoning_of_mailed_links(house: People) -> None:
    """A forged Host changes nothing in the mailed link."""
    await house.developer("heidi@reset.example")
    async with house.browser(host="evil.example", **{"x-forwarded-host": "evil.example"}) as browser:
        browser.base_url = "http://localhost:8000"
        form = {"email": "heidi@reset.example", "csrf_token": await csrf(browser, "/session/forgot")}
        await browser.post("/session/forgot", data=form)
    ((_, link),) = await house.letters("heidi@reset.example")
    assert link.startswith("http://localhost:8000/session/reset?token=")


async def test_api_keys_live_on_but_not_a_strangers(house: People) -> None:
    """A proved owner's keys go on, as the mail says; what was made before anybody proved the address ends."""
    proved = await house.developer("ivan@reset.example")
    key = await a_key(house, proved.id, "profile:read")
    async with house.browser() as stranger:
        await sign_up(stranger, "judy@reset.example", "a stranger's own words")
    unproved = await house.ground.db.fetchval("select id from users where email = 'judy@reset.example'")
    planted = await a_key(house, unproved, "profile:read")
    for email in ("ivan@reset.example", "judy@reset.example"):
        await forget(house, email)
        assert 200 == (await choose(house, await token_of(house, email))).status_code
    async with house.browser() as browser:
        assert 200 == (await browser.get("/api/v1/me", headers=bearer(key))).status_code
        assert 401 == (await browser.get("/api/v1/me", headers=bearer(planted))).status_code
    assert 1 == await house.ground.db.fetchval("select identity_verified_level from users where id = $1", unproved)


async def test_a_suspended_account_is_mailed_nothing(house: People) -> None:
    """Nor does the answer tell that it is suspended."""
    account = await house.developer("kim@reset.example")
    await house.ground.db.execute("update users set suspended_at = now() where id = $1", account.id)
    assert 303 == (await forget(house, "kim@reset.example")).status_code
    assert [] == await house.letters("kim@reset.example")


async def test_the_way_leads_on(house: People) -> None:
    """Who forgot on the way to an app is led on to it; a foreign address is forgotten."""
    await house.developer("lea@reset.example")
    for wished, expected in (("/account", "%2Faccount"), ("https://evil.example/", "%2Fconsole")):
        await forget(house, "lea@reset.example", wished)
        page = await choose(house, await token_of(house, "lea@reset.example"), f"{NEW} {expected}")
        assert f"/session/new?return_to={expected}" in page.text


class Counted:
    """What a request makes the process do: statements, and hashes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        self.hashes = 0
        for name in ("execute", "fetch", "fetchrow", "fetchval"):
            self._watch(monkeypatch, asyncpg.connection.Connection, name)
        run = Passwords._run

        async def counted(passwords: Passwords, work: Any) -> Any:
            self.hashes += 1
            return await run(passwords, work)

        monkeypatch.setattr(Passwords, "_run", counted)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
        real = getattr(kind, name)

        async def told(connection: Any, sql: str, *args: Any, **more: Any) -> Any:
            self.statements.append(sql)
            return await real(connection, sql, *args, **more)

        monkeypatch.setattr(kind, name, told)

    def taken(self) -> tuple[list[str], int]:
        found = self.statements, self.hashes
        self.statements, self.hashes = [], 0
        return found


async def _each(process: People, act: Any, emails: list[str], counted: Counted) -> list[tuple[Any, ...]]:
    """Answer and work of the same act for each address."""
    found = []
    for email in emails:
        async with process.browser() as browser:
            token = await csrf(browser, "/session/forgot")
            counted.taken()
            answer = await act(browser, email, token)
            page = re.sub(rb"[0-9a-f]{64}", b"*", answer.content.replace(email.encode(), b"*"))
            found.append((answer.status_code, page, dict(answer.headers), *counted.taken()))
    return found


async def _forgets(browser: Any, email: str, token: str) -> Any:
    return await browser.post("/session/forgot", data={"email": email, "csrf_token": token})


async def _signs_up(browser: Any, email: str, token: str) -> Any:
    form = {"email": email, "password": "a stranger's own words", "csrf_token": token}
    return await browser.post("/console/signup", data=form)


async def _signs_in(browser: Any, email: str, token: str) -> Any:
    return await browser.post("/session", data={"email": email, "password": "a wrong guess", "csrf_token": token})


@pytest.mark.parametrize("act", [_forgets, _signs_up, _signs_in])
async def test_nobody_learns_who_has_an_account(process: People, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Status, headers, page, and the work done before the answer: the same statements, the same number of hashes.

    For an address that is proved, unproved, suspended, closed, without a password, or nobody's.
    """
    place = act.__name__.strip("_").replace("_", "-")
    kinds = ["proved", "unproved", "suspended", "closed", "passwordless", "nobody"]
    emails = {kind: f"{kind:x<12}@{place}.example" for kind in kinds}
    changes = {
        "unproved": "identity_verified_level = 0",
        "suspended": "suspended_at = now()",
        "closed": "deleted_at = now()",
        "passwordless": "password_hash = null",
        "proved": "updated_at = now()",
    }
    for kind, change in changes.items():
        account = await process.developer(emails[kind])
        await process.ground.db.execute(f"update users set {change} where id = $1", account.id)  # noqa: S608 - of above
    process.working = False
    found = await _each(process, act, list(emails.values()), Counted(monkeypatch))
    process.working = True
    assert len(kinds) * [found[0]] == found
    assert found[0][3], "statements were counted"
