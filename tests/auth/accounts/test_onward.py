"""Signing up on the way to an app: its user from the start, and led on to it once the mail was read."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.auth.letterbox import clerk
from tests.auth.people import csrf
from tests.auth.rp import World, an_app, asking, consent, told

PASSWORD = "words that only I would say"


async def _form(http: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    form["csrf_token"] = await csrf(http, path)
    return await http.post(urlsplit(path).path, data=form)


async def _link(world: World, email: str) -> str:
    await clerk.once(world.ground)
    row = await world.db.fetchrow("select key, sealed from mail_outbox where recipient = $1 order by id desc", email)
    link = world.ground.vault.open(row["sealed"], f"mail/{row['key']}").decode()
    return link.removeprefix(world.ground.issuer)


async def _sent_by(world: World, http: httpx.AsyncClient, **changes: object) -> str:
    """Where an app's authorization request leads a stranger: the `return_to` of the sign-in page."""
    app = await world.tell(an_app(**changes))
    answer = await http.get("/oauth/authorize", params=asking(app))
    page = answer.headers["location"]
    assert page.startswith("/session/new")
    return parse_qs(urlsplit(page).query)["return_to"][0]


async def test_the_request_goes_on_after_the_mail(world: World) -> None:
    """Hours later and in the same browser the code arrives, with the app's own state; the person is a user."""
    email = "ada@onward.example"
    async with world.browser() as http:
        return_to = await _sent_by(world, http)
        sign_in = (await http.get("/session/new", params={"return_to": return_to})).text
        path = sign_in.partition('href="/console/signup')[2].partition('"')[0].replace("&amp;", "&")
        form = {"email": email, "password": PASSWORD, "return_to": return_to}
        assert "Shop" in (await http.get(f"/console/signup{path}")).text
        assert 303 == (await _form(http, f"/console/signup{path}", **form)).status_code
        link = await _link(world, email)
        world.clock.advance(timedelta(hours=5))
        proved = await _form(http, link, token=link.partition("token=")[2])
        onward = proved.text.partition('class="button main" href="')[2].partition('"')[0].replace("&amp;", "&")
        form = {"email": email, "password": PASSWORD, "return_to": parse_qs(urlsplit(onward).query)["return_to"][0]}
        entered = await http.post("/session", data={**form, "csrf_token": await csrf(http, onward)})
        page = await http.get(entered.headers["location"])
        csrf_token: str = await world.db.fetchval(
            "select s.csrf_token from sessions s join users u on u.id = s.user_id where u.email = $1", email
        )
        answer = await consent(http, page.text, csrf_token)
    assert "code" in told(answer)
    assert ("user", 1) == tuple(
        await world.db.fetchrow("select role, identity_verified_level from users where email = $1", email)
    )


@pytest.mark.parametrize(("changes", "role"), [({}, "user"), ({"first_party": True}, "developer"), (None, "developer")])
async def test_who_one_is_from_the_start(world: World, changes: dict[str, object] | None, role: str) -> None:
    """An app's people are users; who comes from our own tools or to the console develops."""
    email = f"{role}-{changes is None}@role.example"
    async with world.browser() as http:
        return_to = "" if changes is None else await _sent_by(world, http, **changes)
        answer = await _form(http, "/console/signup", email=email, password=PASSWORD, return_to=return_to)
        assert 303 == answer.status_code
    await clerk.once(world.ground)
    assert role == await world.db.fetchval("select role from users where email = $1", email)


async def test_an_app_without_passwords_takes_no_sign_up(world: World) -> None:
    """Where the app lets people in by other methods only, the form is refused however it was found."""
    async with world.browser() as http:
        return_to = await _sent_by(world, http, allowed_login_methods=("google",))
        answer = await _form(
            http, "/console/signup", email="eve@onward.example", password=PASSWORD, return_to=return_to
        )
    assert 403 == answer.status_code


async def test_a_user_becomes_a_developer(world: World) -> None:
    """By a button of the console, once the address is proved; the change is announced."""
    kim = await world.person("kim@onward.example")
    async with world.browser() as http:
        token = await world.sign_in(http, kim)
        assert "/account/developer" in (await http.get("/console")).text
        assert 403 == (await http.post("/account/developer", data={"csrf_token": "x"})).status_code
        assert 303 == (await http.post("/account/developer", data={"csrf_token": token})).status_code
        assert "/developer/applications/new" in (await http.get("/console")).text
    lee = await world.person("lee@onward.example")
    await world.db.execute("update users set identity_verified_level = 0 where id = $1", lee.id)
    async with world.browser() as http:
        token = await world.sign_in(http, lee)
        assert 403 == (await http.post("/account/developer", data={"csrf_token": token})).status_code
