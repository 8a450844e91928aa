"""Where X-Logi-Console-Url leads: one refused request, for the people behind its application."""

import httpx

from tests.auth.rp import SEEN, World, an_app

CONSOLE = "x-logi-console-url"


async def test_a_refusal_can_be_read_about(world: World) -> None:
    """At the address that the reply named: what was asked, and why it was refused; nothing of what was sent."""
    app, ada = await world.tell(an_app()), await world.person("dev@refused.example")
    SEEN[app.id, ada.id] = app
    refused = [
        (await world.redeem(app, "never-issued-code"), "invalid_grant", "code not found"),
        (await world.post("/oauth/par", app), "invalid_request", "redirect_uri is missing."),
        (await world.post("/oauth/revoke", app), "invalid_request", "token is missing."),
        (await world.post("/oauth/device_authorization", app), "unauthorized_client", "device grant"),
    ]
    async with world.browser() as http:
        await world.sign_in(http, ada)
        for answer, code, cause in refused:
            page = await _page(http, answer)
            assert (200, True, True) == (page.status_code, code in page.text, cause in page.text)
            assert answer.json()["request_id"] in page.text
            assert "never-issued-code" not in page.text


async def test_nobody_else_reads_of_it(world: World) -> None:
    """Who may not see the application, and who asks for it by the number of another one, find nothing."""
    app, other = await world.tell(an_app()), await world.tell(an_app())
    ada, eve = await world.person("owner@refused.example"), await world.person("eve@refused.example")
    SEEN[app.id, ada.id] = app
    SEEN[other.id, eve.id] = other
    answer = await world.redeem(app, "never-issued")
    async with world.browser() as http:
        await world.sign_in(http, eve)
        assert 404 == (await _page(http, answer)).status_code
        path = answer.headers[CONSOLE].partition("//")[2].partition("/")[2]
        by_other = f"/{path}".replace(f"/{app.id}/", f"/{other.id}/")
        assert 404 == (await http.get(by_other)).status_code
    async with world.browser() as stranger:
        assert 303 == (await _page(stranger, answer)).status_code


async def _page(http: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    return await http.get(answer.headers[CONSOLE])
