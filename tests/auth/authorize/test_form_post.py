"""response_mode form_post: the answer is a page that posts itself, without inline script."""

import html
import re

import httpx
import pytest

from contracts.applications import RedirectUri, Verification
from tests.auth.rp import CALLBACK, World, an_app, asking, consent, told


def fields(page: httpx.Response) -> dict[str, str]:
    """What the page would post."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    return {html.unescape(name): html.unescape(value) for name, value in found}


async def test_the_code_comes_by_a_form(world: World) -> None:
    """To the redirect URI, with state and iss; the script is a file of ours, and a button stands for those without."""
    app, ada = await world.tell(an_app()), await world.person("ada@post.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = await http.get("/oauth/authorize", params=asking(app, response_mode="form_post"))
        answer = await consent(http, page.text, csrf)
        again = await http.get("/oauth/authorize", params=asking(app, response_mode="form_post"))
    for told_by in (answer, again):
        assert (200, "no-store", "no-referrer") == (
            told_by.status_code,
            told_by.headers["cache-control"],
            told_by.headers["referrer-policy"],
        )
        posted = fields(told_by)
        assert ({"code", "state", "iss"}, "st&te +ü") == (set(posted), posted["state"])
        assert f'<form method="post" action="{CALLBACK}"' in told_by.text
        policy = told_by.headers["content-security-policy"]
        assert ("script-src 'self'" in policy, "unsafe" in policy, "form-action" in policy) == (True, False, False)
        assert not re.search(r"<script(?![^>]*\bsrc=)", told_by.text)
        assert "<button" in told_by.text
    assert 200 == (await world.redeem(app, fields(answer)["code"])).status_code


async def test_errors_come_by_a_form_as_well(world: World) -> None:
    """The mode is the app's wish, whatever it is told."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        page = await http.get("/oauth/authorize", params=asking(app, response_mode="form_post", scope="admin"))
        silent = await http.get("/oauth/authorize", params=asking(app, response_mode="form_post", prompt="none"))
    assert ("invalid_scope", "st&te +ü") == (fields(page)["error"], fields(page)["state"])
    assert "login_required" == fields(silent)["error"]


@pytest.mark.parametrize("state", ['"><script>alert(1)</script>', "' onload=x", "\u202e</form>"])
async def test_reflected_xss_in_the_form(world: World, state: str) -> None:
    """The attack class: a state is text, and comes back unchanged."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        page = await http.get("/oauth/authorize", params=asking(app, response_mode="form_post", scope="x", state=state))
    assert "<script>" not in page.text
    assert state == fields(page)["state"]


@pytest.mark.parametrize("address", ["com.example.app:/cb", "myapp://cb"])
async def test_javascript_and_data_urls_take_no_form(world: World, address: str) -> None:
    """An app on the device is told by redirect that this mode is not for it."""
    uri = RedirectUri(uri=address, uri_class="dev_local", verification=Verification(status="not_applicable"))
    app = await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    async with world.browser() as http:
        params = asking(app, response_mode="form_post", redirect_uri=address)
        page = await http.get("/oauth/authorize", params=params)
    assert (302, b"", True) == (page.status_code, page.content, "error=invalid_request" in page.headers["location"])


async def test_a_repeated_mode_is_answered_by_query(world: World) -> None:
    """What is in doubt is not followed."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        params = [*asking(app).items(), ("response_mode", "form_post"), ("response_mode", "query")]
        answer = await http.get("/oauth/authorize", params=params)
    assert "invalid_request" == told(answer)["error"]
