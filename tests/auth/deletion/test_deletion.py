"""An account's end: closed at once, back within its grace, gone after it."""

import asyncio
import re
from datetime import timedelta

import httpx

from services.auth.deletion import purge, restore
from tests.auth.connected_apps.test_connected_apps import connect
from tests.auth.factors.builders import Authenticator, options_of, with_passkey
from tests.auth.people import People, a_key, bearer, csrf, sign_in, sign_up

DAY = timedelta(days=1)


async def delete(browser: httpx.AsyncClient) -> httpx.Response:
    """As the page's script would by API, with the session's CSRF token."""
    token = await csrf(browser, "/account/delete")
    return await browser.delete("/api/v1/me", headers={"x-logi-csrf-token": token})


async def closed(house: People, email: str) -> int:
    """A developer who has deleted their account."""
    account = await house.developer(email)
    async with house.signed_in(email) as browser:
        assert 202 == (await delete(browser)).status_code
    return account.id


async def offer(house: People, email: str) -> tuple[httpx.AsyncClient, str]:
    """A browser at the page that asks whether to keep the account, and where that is."""
    browser = house.browser()
    answer = await sign_in(browser, email)
    assert 303 == answer.status_code, answer.text
    return browser, answer.headers["location"]


async def keep(browser: httpx.AsyncClient, page: str) -> httpx.Response:
    shown = await browser.get(page)
    found = re.search(r'name="offer" value="([^"]+)"', shown.text)
    assert found, shown.text
    form = {"csrf_token": await csrf(browser, page), "offer": found[1]}
    return await browser.post("/session/closed", data=form)


async def test_all_ends_at_once_and_every_application_hears(house: People) -> None:
    """Sessions, keys, consents and tokens: first `consent.revoked`, then `token.revoked`, then `user.deleted`."""
    ada = await house.developer("ada@gone.example")
    await connect(house, ada.id, sub="4711")
    later = house.clock.now() + DAY
    await house.ground.db.execute("update token_families set expires_at = $2 where user_id = $1", ada.id, later)
    key = await a_key(house, ada.id, "profile:read")
    async with house.signed_in("ada@gone.example") as browser, house.signed_in("ada@gone.example") as other:
        answer = await delete(browser)
        assert 202 == answer.status_code, answer.text
        assert {"deleted_at", "purge_at"} == answer.json().keys()
        assert 401 == (await other.get("/api/v1/me")).status_code
        assert 401 == (await house.browser().get("/api/v1/me", headers=bearer(key))).status_code
    tags = ("auth.consent.revoked", "auth.token.revoked", "auth.user.deleted")
    rows = await house.ground.db.fetch("select tag, payload from outbox where tag = any ($1) order by id", tags)
    assert [*tags] == [row["tag"] for row in rows if f'"{ada.id}"' in bytes(row["payload"]).decode()]
    (told,) = await house.announced("auth.account.closed")
    assert (ada.id, True) == (told["user"]["id"], told["user"]["deleted_at"] is not None)
    assert ["account_closed"] == [kind for kind, _ in await house.letters("ada@gone.example")]
    left = (
        "select (select count(*) from sessions where user_id = $1) + (select count(*) from grants where user_id = $1)"
    )
    assert 0 == await house.ground.db.fetchval(left, ada.id)


async def test_two_at_once_close_once(house: People) -> None:
    """One is told 202, the other finds nobody; one event."""
    bob = await house.developer("bob@gone.example")
    async with house.signed_in("bob@gone.example") as browser:
        token = await csrf(browser, "/account/delete")
        header = {"x-logi-csrf-token": token}
        answers = await asyncio.gather(*(browser.delete("/api/v1/me", headers=header) for _ in range(5)))
    assert [202, 401, 401, 401, 401] == sorted(answer.status_code for answer in answers)
    assert 1 == sum(event["user"]["id"] == bob.id for event in await house.announced("auth.account.closed"))


async def test_an_old_sign_in_does_not_delete(house: People) -> None:
    """It needs that the person has just shown who they are; a personal API key never does."""
    carol = await house.developer("carol@gone.example")
    key = await a_key(house, carol.id, "profile:write")
    async with house.signed_in("carol@gone.example") as browser:
        token = await csrf(browser, "/account/delete")
        assert 401 == (await house.browser().delete("/api/v1/me", headers=bearer(key))).status_code
        house.clock.advance(timedelta(minutes=16))
        refused = await browser.delete("/api/v1/me", headers={"x-logi-csrf-token": token})
        assert (403, "step_up_required") == (refused.status_code, refused.json()["error"])
        form = {"csrf_token": token, "understood": "yes"}
        asked = await browser.post(
            "/account/delete", data=form, headers={"referer": "http://localhost:8000/account/delete"}
        )
        assert (303, True) == (asked.status_code, asked.headers["location"].startswith("/session/confirm"))
        assert 200 == (await browser.get("/api/v1/me")).status_code


async def test_a_last_owner_stays(house: People) -> None:
    """409 names the organisations, by API and on the page; nothing is closed."""
    dave = await house.developer("dave@gone.example")
    house.owned[dave.id] = ("acme",)
    async with house.signed_in("dave@gone.example") as browser:
        refused = await delete(browser)
        assert (409, "last_owner", ["acme"]) == (
            refused.status_code,
            refused.json()["error"],
            refused.json()["organizations"],
        )
        token = await csrf(browser, "/account/delete")
        page = await browser.post("/account/delete", data={"csrf_token": token, "understood": "yes"})
        assert (409, True) == (page.status_code, "acme" in page.text)
        assert 200 == (await browser.get("/api/v1/me")).status_code


async def test_the_last_administrator_stays(process: People) -> None:
    """Nobody would be left who can administer; of two, one may go."""
    db = process.ground.db
    ids = [(await process.developer(f"admin{number}@gone.example")).id for number in (1, 2)]
    await db.execute("update users set role = 'admin' where id = any ($1)", ids)
    for number, status in ((1, 202), (2, 409)):
        async with process.signed_in(f"admin{number}@gone.example") as browser:
            answer = await delete(browser)
            assert status == answer.status_code
    assert "last_administrator" == answer.json()["error"]


async def test_the_page_asks_and_says_farewell(house: People) -> None:
    """Without the tick nothing happens; with it the browser is signed out and told how to come back."""
    await house.developer("erin@gone.example")
    async with house.signed_in("erin@gone.example") as browser:
        token = await csrf(browser, "/account/delete")
        assert 422 == (await browser.post("/account/delete", data={"csrf_token": token})).status_code
        answer = await browser.post("/account/delete", data={"csrf_token": token, "understood": "yes"})
        assert (303, "/session/closed") == (answer.status_code, answer.headers["location"])
        assert "30 days" in (await browser.get("/session/closed")).text


async def test_its_owner_brings_it_back(house: People) -> None:
    """The right password leads to a question, never silently back; its answer counts once; then one signs in."""
    frank = await closed(house, "frank@gone.example")
    house.clock.advance(29 * DAY)
    browser, page = await offer(house, "frank@gone.example")
    assert 401 == (await browser.get("/api/v1/me")).status_code
    assert "2026-" in (await browser.get(page)).text
    answers = await asyncio.gather(*(keep(browser, page) for _ in range(5)), return_exceptions=True)
    assert 1 == sum(isinstance(one, httpx.Response) and one.status_code == 303 for one in answers)
    (event,) = await house.announced("auth.account.restored")
    assert (frank, None) == (event["user"]["id"], event["user"]["deleted_at"])
    async with house.signed_in("frank@gone.example") as again:
        assert 200 == (await again.get("/api/v1/me")).status_code


async def test_a_passkey_brings_it_back_as_well(process: People) -> None:
    """Whoever needs no password to sign in needs none to be asked whether to keep the account."""
    await process.developer("kim@gone.example")
    key = Authenticator()
    async with process.signed_in("kim@gone.example") as browser:
        await with_passkey(browser, key)
        assert 202 == (await delete(browser)).status_code
    async with process.browser() as browser:
        token, options = await options_of(browser, "/session/passkey")
        answer = await browser.post("/session/passkey", data={"csrf_token": token, "credential": key.show(options)})
        assert 303 == answer.status_code, answer.text
        page = answer.headers["location"]
        assert page.startswith("/session/closed?offer=")
        assert 303 == (await keep(browser, page)).status_code


async def test_a_wrong_password_learns_nothing(house: People) -> None:
    """A closed account answers as one that never was."""
    await closed(house, "grace@gone.example")
    async with house.browser() as browser:
        wrong = await sign_in(browser, "grace@gone.example", "not the right one")
        nobody = await sign_in(browser, "nobody@gone.example", "not the right one")
    assert (nobody.status_code, "/session/closed" in nobody.text) == (
        wrong.status_code,
        "/session/closed" in wrong.text,
    )


async def test_an_operator_brings_it_back(process: People) -> None:
    """Within the grace, and not after it."""
    account = await closed(process, "heidi@gone.example")
    ground = process.ground
    await restore.by_operator(ground.db, ground.vault, ground.issuer, account, process.clock.now())
    async with process.signed_in("heidi@gone.example") as browser:
        assert 200 == (await browser.get("/api/v1/me")).status_code
        await delete(browser)
    process.clock.advance(30 * DAY)
    async with process.browser() as browser:
        assert 401 == (await sign_in(browser, "heidi@gone.example")).status_code


async def test_after_the_grace_it_is_gone_for_good(process: People) -> None:
    """Not a row of any table tells of it; the trail of audits stays without its person; the address is free again."""
    email = "ivan@gone.example"
    ivan = await process.developer(email)
    await connect(process, ivan.id)
    await a_key(process, ivan.id, "profile:read")
    async with process.signed_in(email) as browser:
        await delete(browser)
    process.clock.advance(30 * DAY + timedelta(minutes=30))
    await purge.once(process.ground)
    assert "users" in await telling(process, email)
    process.clock.advance(timedelta(hours=1))
    await asyncio.gather(purge.once(process.ground), purge.once(process.ground))
    assert [] == await telling(process, email)
    told = [event for event in await process.announced("auth.account.purged") if event["user"]["id"] == ivan.id]
    assert [None] == [event["user"]["email"] for event in told]
    trail = "select count(*) from account_audit where user_id = $1"
    assert 0 == await process.ground.db.fetchval(trail, ivan.id)


async def test_much_goes_in_batches(process: People) -> None:
    """More rows than one statement takes, and the log of token requests stays without their person."""
    liz = await process.developer("liz@gone.example")
    db = process.ground.db
    await db.execute(
        """insert into token_families (id, client_id, user_id, sub, scopes, authenticated_at, methods, began_at,
            expires_at) select 9000000 + n, 'logi_many', $1, 'x', '{}', now(), '{}', now(), now()
        from generate_series(1, 2500) n""",
        liz.id,
    )
    await db.execute(
        """insert into token_log (at, id, grant_type, client_id, outcome, sub, scopes, ip, user_agent)
        select now(), gen_random_uuid(), 'refresh_token', 'logi_many', 'issued', $1, '{}', '', ''
        from generate_series(1, 1500)""",
        str(liz.id),
    )
    async with process.signed_in("liz@gone.example") as browser:
        assert 202 == (await delete(browser)).status_code
    process.clock.advance(31 * DAY)
    await purge.once(process.ground)
    families = "select count(*) from token_families where user_id = $1"
    audit = "select count(*) as rows, count(sub) as persons from token_log where client_id = 'logi_many'"
    assert 0 == await db.fetchval(families, liz.id)
    assert {"rows": 1500, "persons": 0} == dict(await db.fetchrow(audit) or {})


async def test_nobody_takes_the_address_meanwhile(process: People) -> None:
    """Signing up with it makes no account while the old one can come back; its owner hears where to sign in."""
    await closed(process, "judy@gone.example")
    async with process.browser() as browser:
        await sign_up(browser, "judy@gone.example")
    assert ["account_closed", "already_registered"] == [kind for kind, _ in await process.letters("judy@gone.example")]
    assert 1 == await process.ground.db.fetchval("select count(*) from users where email_key = 'judy@gone.example'")


async def telling(house: People, email: str) -> list[str]:
    """The tables, but for the log of events, in which an address still stands."""
    tables = await house.ground.db.fetch(
        "select tablename from pg_tables where schemaname = 'public' and tablename not like 'outbox%' order by 1"
    )
    found = []
    for row in tables:
        sql = f'select count(*) from "{row["tablename"]}" t where t::text like $1'  # noqa: S608 - names of our tables
        if await house.ground.db.fetchval(sql, f"%{email}%"):
            found.append(row["tablename"])
    return found
