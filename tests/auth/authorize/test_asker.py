"""The person at the door sees who asks."""

from tests.auth.rp import World, an_app, asking


async def test_the_sign_in_page_says_who_asks(world: World) -> None:
    """Name, host and whether it is the app's own; a name with markup stays text; nobody where only we ask."""
    app = await world.tell(an_app(name="<b>Shop</b>"))
    async with world.browser() as http:
        away = await http.get("/oauth/authorize", params=asking(app))
        page = (await http.get(away.headers["location"])).text
        ours = (await http.get("/session/new")).text
    for words in ("&lt;b&gt;Shop&lt;/b&gt;", "127.0.0.1:9999", "a program on your own device"):
        assert words in page
    assert ("<b>Shop" in page, "wants you to sign in" in ours) == (False, False)
