"""Where a person is signed in, and ending it from elsewhere."""

from tests.auth.people import People, a_key, bearer, csrf

API = "/api/v1/me/sessions"


async def test_the_list_tells_where(process: People) -> None:
    """Each browser with its address, the asking one marked; another person's are not in it."""
    await process.developer("ada@where.example")
    await process.developer("bob@where.example")
    async with (
        process.signed_in("ada@where.example", "192.0.2.1") as one,
        process.signed_in("ada@where.example", "192.0.2.2") as two,
        process.signed_in("bob@where.example", "192.0.2.3"),
    ):
        found = (await one.get(API)).json()
        assert [("192.0.2.1", True), ("192.0.2.2", False)] == sorted((row["ip"], row["current"]) for row in found)
        assert {"pwd"} == {method for row in found for method in row["methods"]}
        page = (await two.get("/account/sessions")).text
        assert ("192.0.2.1" in page, "192.0.2.3" in page) == (True, False)


async def test_ending_one(process: People) -> None:
    """Its cookie opens nothing from then on; another person's session is not there to be ended."""
    await process.developer("carol@where.example")
    await process.developer("dave@where.example")
    async with (
        process.signed_in("carol@where.example") as here,
        process.signed_in("carol@where.example") as there,
        process.signed_in("dave@where.example") as stranger,
    ):
        header = {"x-logi-csrf-token": await csrf(here, "/console")}
        other = next(row["id"] for row in (await here.get(API)).json() if not row["current"])
        foreign = (await stranger.get(API)).json()[0]["id"]
        assert 404 == (await here.delete(f"{API}/{foreign}", headers=header)).status_code
        assert 404 == (await here.delete(f"{API}/zz", headers=header)).status_code
        assert 204 == (await here.delete(f"{API}/{other}", headers=header)).status_code
        assert 404 == (await here.delete(f"{API}/{other}", headers=header)).status_code
        assert (303, 200) == ((await there.get("/console")).status_code, (await here.get("/console")).status_code)
        assert 200 == (await stranger.get("/console")).status_code


async def test_ending_the_others(process: People) -> None:
    """The page's one button leaves the browser that presses it; a key with `profile:write` ends them all."""
    account = await process.developer("erin@where.example")
    async with (
        process.signed_in("erin@where.example") as here,
        process.signed_in("erin@where.example") as second,
        process.signed_in("erin@where.example") as third,
    ):
        token = await csrf(here, "/account/sessions")
        await here.post("/account/sessions/end-others", data={"csrf_token": token})
        found = [(await browser.get("/console")).status_code for browser in (here, second, third)]
        assert [200, 303, 303] == found
        reads = bearer(await a_key(process, account.id, "profile:read"))
        writes = bearer(await a_key(process, account.id, "profile:write"))
        async with process.browser() as script:
            assert 403 == (await script.delete(API, headers=reads)).status_code
            ended = await script.delete(API, headers=writes)
            assert (200, {"ended": 1}) == (ended.status_code, ended.json())
        assert 303 == (await here.get("/console")).status_code


async def test_ending_by_the_page(process: People) -> None:
    """A form of the page signs one browser out; without its token nothing happens."""
    await process.developer("frank@where.example")
    async with process.signed_in("frank@where.example") as here, process.signed_in("frank@where.example") as there:
        token = await csrf(here, "/account/sessions")
        other = next(row["id"] for row in (await here.get(API)).json() if not row["current"])
        assert 403 == (await here.post(f"/account/sessions/{other}/end", data={"csrf_token": "x"})).status_code
        assert 200 == (await there.get("/console")).status_code
        await here.post(f"/account/sessions/{other}/end", data={"csrf_token": token})
        assert 303 == (await there.get("/console")).status_code
