"""The log of sign-ins: read, thrown away, taken back, by API and by page."""

import asyncio
import re
from datetime import timedelta

from services.auth import purge
from tests.auth.people import People, a_key, bearer, csrf, sign_in

LOGS = "/api/v1/me/login_logs"


async def seen(house: People, email: str, tries: int = 3) -> dict[str, str]:
    """Somebody with entries, the newest of them a success; returns the header of a key that reads and writes them."""
    account = await house.developer(email)
    async with house.browser() as browser:
        for _ in range(tries - 1):
            await sign_in(browser, email, "not the right one")
            house.clock.advance(timedelta(seconds=1))
        await sign_in(browser, email)
    return bearer(await a_key(house, account.id, "login_history:write"))


async def test_the_latest_first(house: People) -> None:
    """With what happened, how, from where; a page at a time, each naming the next."""
    header = await seen(house, "ada@log.example")
    async with house.browser() as script:
        first = await script.get(LOGS, params={"limit": 2}, headers=header)
        assert ["signed_in", "wrong_password"] == [entry["outcome"] for entry in first.json()]
        assert {"id", "at", "outcome", "method", "ip", "user_agent", "deleted_at"} == first.json()[0].keys()
        following = re.findall(r"<([^>]+)>; rel=\"next\"", first.headers["link"])[0]
        second = await script.get(following, headers=header)
        assert (["wrong_password"], False) == ([entry["outcome"] for entry in second.json()], "link" in second.headers)


async def test_into_the_trash_and_back(house: People) -> None:
    """Of ten who throw or take back at once, one does; others find nothing."""
    header = await seen(house, "bob@log.example")
    async with house.browser() as script:
        entry = (await script.get(LOGS, headers=header)).json()[0]
        one = f"{LOGS}/{entry['id']}"
        thrown = await asyncio.gather(*(script.delete(one, headers=header) for _ in range(10)))
        assert [204] + 9 * [404] == sorted(answer.status_code for answer in thrown)
        assert entry["id"] not in [each["id"] for each in (await script.get(LOGS, headers=header)).json()]
        assert [entry["id"]] == [each["id"] for each in (await script.get(f"{LOGS}/trash", headers=header)).json()]
        back = await asyncio.gather(*(script.post(f"{one}/restore", headers=header) for _ in range(10)))
        assert [200] + 9 * [404] == sorted(answer.status_code for answer in back)
        assert entry == (await script.get(LOGS, headers=header)).json()[0]


async def test_nobody_elses_and_no_more_than_allowed(house: People) -> None:
    """Another's entry is not there; reading alone throws nothing away and sees no trash."""
    header = await seen(house, "carol@log.example")
    other = await house.developer("dave@log.example")
    stranger = bearer(await a_key(house, other.id, "login_history:write"))
    reader = bearer(await a_key(house, other.id, "login_history:read"))
    async with house.browser() as script:
        one = f"{LOGS}/{(await script.get(LOGS, headers=header)).json()[0]['id']}"
        assert 404 == (await script.delete(one, headers=stranger)).status_code
        assert 403 == (await script.delete(one, headers=reader)).status_code
        assert 403 == (await script.get(f"{LOGS}/trash", headers=reader)).status_code
        assert [] == (await script.get(LOGS, headers=reader)).json()
        assert 404 == (await script.delete(f"{LOGS}/{2**63 - 1}", headers=header)).status_code


async def test_the_trash_is_emptied(process: People) -> None:
    """After thirty days what was thrown away is gone, and what was not is still there."""
    header = await seen(process, "erin@log.example")
    async with process.browser() as script:
        entries = (await script.get(LOGS, headers=header)).json()
        await script.delete(f"{LOGS}/{entries[0]['id']}", headers=header)
        process.clock.advance(timedelta(days=30))
        await purge.once(process.ground.db, process.clock)
        assert [] == (await script.get(f"{LOGS}/trash", headers=header)).json()
        assert 2 == len((await script.get(LOGS, headers=header)).json())


async def test_the_pages_do_the_same(house: People) -> None:
    """A button for each entry, in the trash as well; without the session's token nothing happens."""
    await seen(house, "frank@log.example", tries=1)
    async with house.signed_in("frank@log.example") as browser:
        page = (await browser.get("/account/activity")).text
        path = re.findall(r'action="(/account/activity/\d+/delete)"', page)[0]
        assert 403 == (await browser.post(path, data={"csrf_token": "x"})).status_code
        token = await csrf(browser, "/account/activity")
        assert 303 == (await browser.post(path, data={"csrf_token": token})).status_code
        trash = (await browser.get("/account/activity?trash=1")).text
        back = re.findall(r'action="(/account/activity/\d+/restore)"', trash)[0]
        assert 303 == (await browser.post(back, data={"csrf_token": token})).status_code
        assert "The trash is empty" in (await browser.get("/account/activity?trash=1")).text
