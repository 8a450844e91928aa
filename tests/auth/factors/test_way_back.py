"""Whoever changes the language on the way in still gets to where they were going."""

import html
import re

import pytest

from services.auth.passkeys.enter_pages import PAGE as PASSKEY
from tests.auth.factors.builders import with_totp
from tests.auth.people import People, sign_in

THERE = "/developer/applications?limit=5&page=2"


@pytest.mark.parametrize("page", ["/session/new", "/session/second", PASSKEY])
async def test_the_other_language_leads_there_as_well(process: People, page: str) -> None:
    """A path with a query of its own stays whole in the link that changes the language."""
    email = f"{page.rpartition('/')[2]}@wayback.example"
    await process.developer(email)
    async with process.signed_in(email) as first:
        await with_totp(process, first)
    async with process.browser() as browser:
        await sign_in(browser, email, return_to=THERE)
        shown = await browser.get(page, params={"return_to": THERE})
        found = re.search(r'href="([^"]+)" lang="ko"', shown.text)
        assert found, shown.text
        korean = await browser.get(html.unescape(found[1]))
    assert 'lang="ko"' in korean.text
    assert f'name="return_to" value="{html.escape(THERE)}"' in korean.text
