"""Disconnecting an application, by API and by page."""

import asyncio

from tests.auth.people import People, a_key, bearer, csrf

APPS = "/api/v1/me/connected_apps"
CLIENT = "logi_" + "0a" * 16


async def connect(house: People, user_id: int, client_id: str = CLIENT, sub: str | None = None) -> None:
    """A grant and a family of tokens, as the consent page and the token endpoint leave them."""
    now = house.clock.now()
    await house.ground.db.execute(
        """insert into grants (user_id, client_id, sub, scopes, created_at, updated_at)
        values ($1, $2, $3, '{openid,email}', $4, $4)""",
        user_id,
        client_id,
        sub or str(user_id),
        now,
    )
    await house.ground.db.execute(
        """insert into token_families (id, client_id, user_id, sub, scopes, authenticated_at, methods, began_at,
            expires_at) values ($1, $2, $1, $3, '{openid}', $4, '{pwd}', $4, $4)""",
        user_id,
        client_id,
        str(user_id),
        now,
    )


async def key(house: People, user_id: int, *scopes: str) -> dict[str, str]:
    return bearer(await a_key(house, user_id, *scopes))


async def test_disconnecting_ends_everything_and_tells(house: People) -> None:
    """Grant gone, tokens revoked, `user.unlinked` announced with the sub of the grant; again is 404."""
    account = await house.developer("ada@apps.example")
    await connect(house, account.id, sub="4711")
    header = await key(house, account.id, "profile:write")
    async with house.browser() as script:
        (listed,) = (await script.get(APPS, headers=header)).json()
        assert (CLIENT, ["openid", "email"]) == (listed["client_id"], listed["scopes"])
        assert 204 == (await script.delete(f"{APPS}/{CLIENT}", headers=header)).status_code
        assert 404 == (await script.delete(f"{APPS}/{CLIENT}", headers=header)).status_code
        assert [] == (await script.get(APPS, headers=header)).json()
    living = "select count(*) from token_families where user_id = $1 and revoked_at is null"
    assert 0 == await house.ground.db.fetchval(living, account.id)
    (event,) = await house.announced("auth.user.unlinked")
    assert ([CLIENT], "4711", str(account.id)) == (event["client_ids"], event["sub"], event["canonical_sub"])


async def test_ten_at_once_announce_once(house: People) -> None:
    """One of them disconnects, the others find nothing."""
    account = await house.developer("bob@apps.example")
    await connect(house, account.id)
    header = await key(house, account.id, "profile:write")
    before = len(await house.announced("auth.user.unlinked"))
    async with house.browser() as script:
        answers = await asyncio.gather(*(script.delete(f"{APPS}/{CLIENT}", headers=header) for _ in range(10)))
    assert [204] + 9 * [404] == sorted(answer.status_code for answer in answers)
    assert before + 1 == len(await house.announced("auth.user.unlinked"))


async def test_reading_is_not_writing(house: People) -> None:
    """A key without `profile:write` disconnects nothing, and nobody disconnects for another."""
    account, other = await house.developer("carol@apps.example"), await house.developer("dave@apps.example")
    await connect(house, account.id)
    reader = await key(house, account.id, "profile:read")
    stranger = await key(house, other.id, "profile:write")
    async with house.browser() as script:
        assert 403 == (await script.delete(f"{APPS}/{CLIENT}", headers=reader)).status_code
        assert 404 == (await script.delete(f"{APPS}/{CLIENT}", headers=stranger)).status_code
        assert 1 == len((await script.get(APPS, headers=reader)).json())


async def test_one_permission_is_taken_back(house: People) -> None:
    """Tokens that carry it end and the others stay; `consent.revoked` tells what went and what remains."""
    account = await house.developer("frank@apps.example")
    await connect(house, account.id)
    header = await key(house, account.id, "profile:write")
    async with house.browser() as script:
        assert 404 == (await script.delete(f"{APPS}/{CLIENT}/scopes/phone", headers=header)).status_code
        assert 204 == (await script.delete(f"{APPS}/{CLIENT}/scopes/email", headers=header)).status_code
        assert 404 == (await script.delete(f"{APPS}/{CLIENT}/scopes/email", headers=header)).status_code
        last = await script.delete(f"{APPS}/{CLIENT}/scopes/openid", headers=header)
        assert (409, "last_scope") == (last.status_code, last.json()["error"])
        (listed,) = (await script.get(APPS, headers=header)).json()
        assert ["openid"] == listed["scopes"]
    living = "select count(*) from token_families where user_id = $1 and revoked_at is null"
    assert 1 == await house.ground.db.fetchval(living, account.id)
    (event,) = [one for one in await house.announced("auth.consent.revoked") if one["sub"] == str(account.id)]
    wanted = (["email"], ["openid"], "user_request")
    assert wanted == (event["scopes"], event["remaining_scopes"], event["reason"])


async def test_everything_is_taken_back_at_once(house: People) -> None:
    """From one application or from all of them; each hears `user.grants_revoked` once, with the grant's number."""
    account = await house.developer("grace@apps.example")
    others = [f"logi_{letter * 32}" for letter in "bcd"]
    await connect(house, account.id)
    for client_id in others:
        await grant(house, account.id, client_id)
    header = await key(house, account.id, "profile:write")
    async with house.browser() as script:
        assert 204 == (await script.delete(f"{APPS}/{others[0]}/grants", headers=header)).status_code
        assert 404 == (await script.delete(f"{APPS}/{others[0]}/grants", headers=header)).status_code
        answers = await asyncio.gather(*(script.delete(APPS, headers=header) for _ in range(5)))
        assert 5 * [204] == [answer.status_code for answer in answers]
        assert [] == (await script.get(APPS, headers=header)).json()
    told = [one for one in await house.announced("auth.user.grants_revoked") if one["sub"] == str(account.id)]
    assert sorted([CLIENT, *others]) == sorted(one["client_ids"][0] for one in told)
    assert 4 == len({one["revoked_grant_ids"][0] for one in told})


async def test_the_page_takes_back_a_permission_and_everything(house: People) -> None:
    """Each permission has its button where more than one is left, and all apps have one together."""
    account = await house.developer("heidi@apps.example")
    await connect(house, account.id)
    await grant(house, account.id, "logi_" + "ef" * 16)
    async with house.signed_in("heidi@apps.example") as browser:
        page = await browser.get("/account/connected-apps")
        assert f"{CLIENT}/withdraw/email" in page.text
        form = {"csrf_token": await csrf(browser, "/account/connected-apps")}
        path = f"/account/connected-apps/logi_{'ef' * 16}/withdraw/email"
        assert path in page.text
        assert 303 == (await browser.post(path, data=form)).status_code
        assert path not in (await browser.get("/account/connected-apps")).text
        assert 303 == (await browser.post("/account/connected-apps/revoke-all", data=form)).status_code
        assert CLIENT not in (await browser.get("/account/connected-apps")).text


async def grant(house: People, user_id: int, client_id: str) -> None:
    await house.ground.db.execute(
        """insert into grants (user_id, client_id, sub, scopes, created_at, updated_at)
        values ($1, $2, $3, '{openid,email}', $4, $4)""",
        user_id,
        client_id,
        str(user_id),
        house.clock.now(),
    )


async def test_the_page_has_a_button(house: People) -> None:
    """It needs the session's CSRF token and leads back to the list."""
    account = await house.developer("erin@apps.example")
    await connect(house, account.id)
    async with house.signed_in("erin@apps.example") as browser:
        path = f"/account/connected-apps/{CLIENT}/disconnect"
        assert CLIENT in (await browser.get("/account/connected-apps")).text
        assert 403 == (await browser.post(path, data={"csrf_token": "x"})).status_code
        token = await csrf(browser, "/account/connected-apps")
        assert 303 == (await browser.post(path, data={"csrf_token": token})).status_code
        assert CLIENT not in (await browser.get("/account/connected-apps")).text
