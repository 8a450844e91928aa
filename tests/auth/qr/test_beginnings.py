"""Where a sign-in by picture may begin besides the sign-in page: with a pushed request, and on the consent page."""

import asyncio
import html

from tests.auth import rp
from tests.auth.qr.test_qr import go_on, key_of, person
from tests.auth.rp import World, asking, told


async def test_what_an_app_has_pushed(world: World) -> None:
    """A request that was pushed begins one picture, and no second one."""
    app = await world.tell(rp.an_app(require_pushed_authorization_requests=True))
    made = await world.post("/oauth/par", app, **{k: v for k, v in asking(app).items() if k != "client_id"})
    params = {"client_id": app.client_id, "request_uri": made.json()["request_uri"]}
    async with world.browser() as http:
        answers = await asyncio.gather(*(http.post("/oauth/qr/start", data=params) for _ in range(5)))
    assert [200] + [400] * 4 == sorted(answer.status_code for answer in answers)


async def test_from_the_consent_page(world: World) -> None:
    """Whoever is signed in here as somebody may be let in as another account by a phone (auth.md 2.4)."""
    here, there = await person(world), await person(world)
    key = await key_of(world, there)
    app = await world.tell(rp.an_app())
    async with world.browser() as http, world.browser() as phone:
        await world.sign_in(http, here)
        # What the browser holds besides its session, so that both cookies go along.
        session = http.headers.pop("cookie").partition("=")
        http.cookies.set("logi_session", session[2], domain="localhost.local")
        page = (await http.get("/oauth/authorize", params=asking(app))).text
        form = page.split('action="/oauth/qr/start"')[1].split("</form>")[0]
        data = {
            name: html.unescape(form.split(f'name="{name}" value="')[1].split('"')[0])
            for name in ("csrf_token", "return_to")
        }
        begun = (await http.post("/oauth/qr/start", data=data)).json()
        for step in ("scan", "approve"):
            path = f"/api/v1/oauth/qr/{begun['session_id']}/{step}"
            assert 200 == (await phone.post(path, headers=key)).status_code
        answer = await go_on(http)
        code = told(await http.get(answer.headers["location"]))["code"]
    tokens = (await world.redeem(app, code)).json()
    assert there.sub == (await world.userinfo(tokens["access_token"])).json()["sub"]


async def test_the_consent_page_of_an_app_that_takes_no_phones(world: World) -> None:
    """Where the app does not let people in by it, it is not offered."""
    app = await world.tell(rp.an_app(allowed_login_methods=("email",)))
    async with world.browser() as http:
        await world.sign_in(http, await person(world))
        assert "/oauth/qr/start" not in (await http.get("/oauth/authorize", params=asking(app))).text
