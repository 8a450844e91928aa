"""Which providers an app lets people in by: its setting is the server's law, `provider` only hides buttons."""

from tests.auth import rp
from tests.auth.rp import Auth, World, asking
from tests.auth.upstream import elsewhere


async def door(auth: Auth, world: World, methods: tuple[str, ...], **changes: str) -> tuple[str, str]:
    """The sign-in page for an app with these methods, and its return_to."""
    app = await world.tell(rp.an_app(allowed_login_methods=methods))
    async with auth.browser() as http:
        asked = await http.get("/oauth/authorize", params=asking(app, **changes))
        page = await http.get(asked.headers["location"])
    return page.text, elsewhere.query(asked.headers["location"])["return_to"]


def buttons(page: str) -> list[str]:
    return [name for name in ("Google", "Apple", "Kakao", "GitHub", "acme", "plain") if f"Continue with {name}" in page]


async def test_buttons(auth: Auth, world: World) -> None:
    """All that are set up; those of the app; and of these the wished ones, if any is left."""
    assert {"Google", "Apple", "Kakao", "GitHub", "acme", "plain"} == set(buttons((await door(auth, world, ()))[0]))
    assert {"Google", "Kakao"} == set(buttons((await door(auth, world, ("google", "kakao")))[0]))
    wished = {"provider": "kakao,email"}
    assert ["Kakao"] == buttons((await door(auth, world, ("google", "kakao"), **wished))[0])
    assert {"Google", "Kakao"} == set(buttons((await door(auth, world, ("google", "kakao"), provider="x"))[0]))


async def test_the_server_refuses(auth: Auth, world: World) -> None:
    """A method outside the app's is refused at the start, whatever the page showed; one that is hidden is not."""
    _, return_to = await door(auth, world, ("google", "kakao"), provider="kakao")
    async with auth.browser() as http:
        refused = await http.get("/auth/apple/web/start", params={"return_to": return_to})
        assert (403, True) == (refused.status_code, "login_method_not_allowed" in refused.text)
        assert 302 == (await http.get("/auth/google/web/start", params={"return_to": return_to})).status_code
        assert 404 == (await http.get("/auth/nobody/web/start")).status_code


async def test_the_setting_counts_on_the_way_back_as_well(auth: Auth, world: World) -> None:
    """It was narrowed while the person was at the provider: nobody is signed in for that app by it."""
    app = await world.tell(rp.an_app(allowed_login_methods=("google",)))
    async with auth.browser() as http:
        asked = await http.get("/oauth/authorize", params=asking(app))
        return_to = elsewhere.query(asked.headers["location"])["return_to"]
        request = await elsewhere.sign_in_there(
            await elsewhere.set_out(http, "google", return_to), "m-1~m1@gmail.com~yes"
        )
        await world.tell(rp.changed(app, allowed_login_methods=("email",)))
        assert 403 == (await elsewhere.come_back(http, request)).status_code
        assert "logi_session" not in http.cookies
