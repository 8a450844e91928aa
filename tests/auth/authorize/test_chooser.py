"""`prompt=select_account`: the person says as whom, without a password where they stay who they are."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx

from contracts.applications import Application
from tests.auth.rp import World, an_app, asking, consent, told


async def _ask(http: httpx.AsyncClient, app: Application, **changes: str) -> httpx.Response:
    return await http.get("/oauth/authorize", params=asking(app, prompt="select_account", **changes))


async def _choose(http: httpx.AsyncClient, page: str, csrf: str) -> httpx.Response:
    handle = page.split('name="request" value="')[1].split('"', maxsplit=1)[0]
    return await http.post("/oauth/authorize/account", data={"request": handle, "csrf_token": csrf})


async def test_the_person_goes_on_as_who_they_are(world: World) -> None:
    """The page names the account; one press, and what was consented to before is not asked again."""
    app, ada = await world.tell(an_app()), await world.person("ada@choose.example")
    await world.tokens(app, ada)
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        world.clock.advance(timedelta(seconds=1))
        page = await _ask(http, app)
        assert (200, True) == (page.status_code, "Continue as ada@choose.example" in page.text)
        chosen = await _choose(http, page.text, csrf)
        assert 303 == chosen.status_code
        answer = await http.get(chosen.headers["location"])
    assert "code" in told(answer)


async def test_another_account_is_a_fresh_sign_in_and_counts_as_the_choice(world: World) -> None:
    """The switch leads to the sign-in page and back to the same request, which asks nothing of the kind again."""
    app = await world.tell(an_app())
    ada, bob = await world.person("ada@switch.example"), await world.person("bob@switch.example")
    async with world.browser() as http:
        await world.sign_in(http, ada)
        world.clock.advance(timedelta(seconds=1))
        page = (await _ask(http, app)).text
        switch = page.split('class="button wide" href="')[1].split('"')[0].replace("&amp;", "&")
        query = parse_qs(urlsplit(switch).query)
        assert ["1"] == query["again"]
        world.clock.advance(timedelta(seconds=1))
        csrf = await world.sign_in(http, bob)
        asked = await http.get(query["return_to"][0])
        assert "bob@switch.example" in asked.text
        code = told(await consent(http, asked.text, csrf))["code"]
    assert str(bob.id) == (await world.userinfo((await world.redeem(app, code)).json()["access_token"])).json()["sub"]


async def test_a_choice_is_of_one_session(world: World) -> None:
    """Whoever signs in between is asked as well; without the page's token nothing is chosen."""
    app = await world.tell(an_app())
    ada, eve = await world.person("ada@one.example"), await world.person("eve@one.example")
    async with world.browser() as http, world.browser() as other:
        csrf, evil = await world.sign_in(http, ada), await world.sign_in(other, eve)
        world.clock.advance(timedelta(seconds=1))
        page = (await _ask(http, app)).text
        assert 403 == (await _choose(http, page, "")).status_code
        assert 403 == (await _choose(http, page, evil)).status_code
        onward = (await _choose(http, page, csrf)).headers["location"]
        assert "Continue as eve@one.example" in (await other.get(onward)).text


async def test_consent_may_be_asked_for_as_well(world: World) -> None:
    """First who, then what."""
    app, ada = await world.tell(an_app()), await world.person("both@choose.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        world.clock.advance(timedelta(seconds=1))
        page = await http.get("/oauth/authorize", params=asking(app, prompt="consent select_account"))
        chosen = await _choose(http, page.text, csrf)
        asked = await http.get(chosen.headers["location"])
        assert 'name="decision"' in asked.text
        assert "code" in told(await consent(http, asked.text, csrf))
