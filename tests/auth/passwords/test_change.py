"""Another password for who is signed in."""

from datetime import timedelta

from tests.auth.device.builders import a_cli, begun, decided, poll
from tests.auth.people import PASSWORD, People, csrf, sign_in
from tests.auth.rp import World, an_app, asking, consent, told

NEW = "quite another sentence"


async def test_every_other_session_ends(house: People) -> None:
    """The browser that changes it goes on, the others are out; the new password counts, and a mail says so."""
    await house.developer("ada@change.example")
    async with house.signed_in("ada@change.example") as here, house.signed_in("ada@change.example") as there:
        form = {"password": NEW, "csrf_token": await csrf(here, "/account/password")}
        answer = await here.post("/account/password", data=form)
        assert (303, "/account/password?done=1") == (answer.status_code, answer.headers["location"])
        assert 200 == (await here.get("/account/password?done=1")).status_code
        assert 303 == (await there.get("/account")).status_code
    async with house.browser() as browser:
        assert 401 == (await sign_in(browser, "ada@change.example", PASSWORD)).status_code
        assert 303 == (await sign_in(browser, "ada@change.example", NEW)).status_code
    assert ["password_changed"] == [kind for kind, _ in await house.letters("ada@change.example")]


async def test_what_another_session_has_begun_ends_too(world: World) -> None:
    """A code that it was given and a device that it let in become no tokens afterwards; a code of this session does."""
    app, tv = await world.tell(an_app(client_type="public")), await world.tell(a_cli())
    ada, codes = await world.person("ada@begun.example"), []
    async with world.browser() as there, world.browser() as here:
        for browser in (there, here):
            token = await world.sign_in(browser, ada)
            page = await browser.get("/oauth/authorize", params=asking(app, prompt="consent"))
            codes.append(told(await consent(browser, page.text, token))["code"])
            if browser is there:
                device = await begun(world, tv)
                await decided(browser, device["user_code"], token)
        changed = await here.put("/api/v1/me/password", json={"password": NEW}, headers={"x-logi-csrf-token": token})
        assert (200, {"ended_sessions": 1}) == (changed.status_code, changed.json())
    assert [400, 200] == [(await world.redeem(app, code)).status_code for code in codes]
    assert "access_denied" == (await poll(world, tv, device["device_code"])).json()["error"]


async def test_a_bad_one_is_told_beside_its_field(house: People) -> None:
    """Short, leaked, or one's own address: refused, and nothing of it is shown again."""
    await house.developer("bob@change.example")
    async with house.signed_in("bob@change.example") as browser:
        for password in ("123456789", "iloveyou2010", "bob@change.example", "change2026"):
            form = {"password": password, "csrf_token": await csrf(browser, "/account/password")}
            answer = await browser.post("/account/password", data=form)
            assert (422, True) == (answer.status_code, 'role="alert"' in answer.text)
            assert f'value="{password}"' not in answer.text.replace('autocomplete="username" value="bob@', "")


async def test_an_old_session_confirms_first(house: People) -> None:
    """After 15 minutes the page leads to the confirmation, and the API says 403."""
    await house.developer("carol@change.example")
    async with house.signed_in("carol@change.example") as browser:
        headers = {"x-logi-csrf-token": await csrf(browser, "/account/password")}
        house.clock.advance(timedelta(minutes=16))
        assert 303 == (await browser.get("/account/password")).status_code
        answer = await browser.put("/api/v1/me/password", json={"password": NEW}, headers=headers)
        assert (403, "step_up_required") == (answer.status_code, answer.json()["error"])


async def test_by_api(house: People) -> None:
    """The same verb; it says how many sessions ended."""
    await house.developer("dave@change.example")
    async with house.signed_in("dave@change.example") as here, house.signed_in("dave@change.example"):
        headers = {"x-logi-csrf-token": await csrf(here, "/account/password")}
        answer = await here.put("/api/v1/me/password", json={"password": NEW}, headers=headers)
        short = await here.put("/api/v1/me/password", json={"password": "short"}, headers=headers)
    assert (200, {"ended_sessions": 1}) == (answer.status_code, answer.json())
    assert (422, ["password"]) == (short.status_code, list(short.json()["fields"]))


async def test_a_form_of_another_site_changes_nothing(house: People) -> None:
    """Without the session's CSRF token it is refused."""
    await house.developer("erin@change.example")
    async with house.signed_in("erin@change.example") as browser:
        answer = await browser.post("/account/password", data={"password": NEW, "csrf_token": "guessed"})
        assert 403 == answer.status_code
