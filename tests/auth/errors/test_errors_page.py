"""What every `error_uri` leads to."""

import re
from urllib.parse import urlsplit

import pytest

from services.auth.errors import routes
from tests.auth.rp import World, an_app


async def test_no_error_uri_dangles(world: World) -> None:
    """The address of a refusal is a page with an anchor of that name, with causes and a cure."""
    app = await world.tell(an_app())
    refused = (await world.redeem(app, "never-issued")).json()
    parts = urlsplit(refused["error_uri"])
    async with world.browser() as http:
        page = await http.get(parts.path)
    assert (200, "invalid_grant") == (page.status_code, parts.fragment)
    section = page.text.split('id="invalid_grant"')[1].split("</section>")[0]
    assert "Begin again at the authorization endpoint" in section


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_each_code_has_its_place(world: World, language: str) -> None:
    """Once each, those that come by redirect as well; a cure for each, in the visitor's language."""
    async with world.browser() as http:
        page = (await http.get(routes.PATH, headers={"accept-language": language})).text
    anchors = re.findall(r'<section class="card full" id="([a-z0-9_.]+)"', page)
    assert [one.code for one in routes.codes()] == anchors
    assert {"access_denied", "login_required", "use_dpop_nonce", "slow_down", "rate_limited"} <= set(anchors)
    cures = re.findall(r"<p><b>[^<]+</b> ([^<]+)</p>", page)
    assert len(anchors) == len([cure for cure in cures if cure.strip()])
    assert f'<html lang="{language}">' in page
