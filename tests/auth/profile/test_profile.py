"""What people call themselves."""

import pytest

from tests.auth.people import People, a_key, bearer, csrf


async def test_the_form_saves(house: People) -> None:
    """Names and language are kept, shown again, and blanks empty a name."""
    await house.developer("ada@profile.example")
    async with house.signed_in("ada@profile.example") as browser:
        form = {"preferred_name": "  Ada   L. ", "full_name": "에이다", "language": "ko"}
        form["csrf_token"] = await csrf(browser, "/account")
        assert 303 == (await browser.post("/account/profile", data=form)).status_code
        page = (await browser.get("/account?sent=profile")).text
        assert all(
            text in page for text in ('value="Ada L."', 'value="에이다"', '<option value="ko" lang="ko" selected>')
        )
        form |= {"preferred_name": " ", "full_name": "x" * 101}
        assert 422 == (await browser.post("/account/profile", data=form)).status_code


async def test_by_api(house: People) -> None:
    """What is left out stays; a key needs `profile:write`."""
    account = await house.developer("bob@profile.example")
    key, reader = await a_key(house, account.id, "profile:write"), await a_key(house, account.id, "profile:read")
    async with house.browser() as http:
        first = await http.patch("/api/v1/me", json={"preferred_name": "Bob"}, headers=bearer(key))
        second = await http.patch("/api/v1/me", json={"language": "ko"}, headers=bearer(key))
        refused = await http.patch("/api/v1/me", json={"language": "en"}, headers=bearer(reader))
        me = (await http.get("/api/v1/me", headers=bearer(reader))).json()["user"]
    assert (200, 403) == (first.status_code, refused.status_code)
    empty = dict.fromkeys(("full_name", "phone_number", "address", "postal_code"))
    assert {"preferred_name": "Bob", "language": "ko", **empty} == second.json()
    assert ("Bob", "ko") == (me["preferred_name"], me["language"])


@pytest.mark.parametrize(
    "body",
    [
        {"preferred_name": "a\u0007b"},
        {"full_name": "x" * 101},
        {"language": "xx"},
        {"phone_number": "010 1234 5678"},
        {"phone_number": "+82" + "1" * 20},
        {"address": "x" * 301},
        {"postal_code": "x" * 21},
    ],
)
async def test_what_is_no_name_is_refused(house: People, body: dict[str, str]) -> None:
    """Control characters, too long, a language that we do not write."""
    account = await house.developer(f"{abs(hash(str(body)))}@profile.example")
    key = await a_key(house, account.id, "profile:write")
    async with house.browser() as http:
        assert 400 <= (await http.patch("/api/v1/me", json=body, headers=bearer(key))).status_code < 500
