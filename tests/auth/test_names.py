"""Names that people give their keys and passkeys."""

import pytest

from services.auth.names import tidy
from tests.auth.people import People, csrf


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  My   laptop ", "My laptop"),
        ("a\nb", "a b"),
        ("노트북 👩\u200d💻", "노트북 👩\u200d💻"),
        ("\u202egpj.exe", None),
        ("a\x00b", None),
        ("a\x1b[31m", None),
        ("\u200b", None),
        (" ", None),
        ("x" * 81, None),
    ],
)
def test_one_line_that_looks_like_what_it_is(text: str, name: str | None) -> None:
    """Blanks are single, joined pictures stay; what turns or hides letters is no name."""
    assert name == tidy(text, 80)


async def test_by_api(process: People) -> None:
    """A key with such a name is not made; a password is refused in words."""
    await process.developer("ada@names.example")
    async with process.signed_in("ada@names.example") as browser:
        browser.headers["x-logi-csrf-token"] = await csrf(browser, "/account")
        wish = {"name": "\u202egpj.exe", "scopes": ["profile:read"]}
        answer = await browser.post("/api/v1/me/api_keys", json=wish)
        assert (422, {"name"}) == (answer.status_code, set(answer.json()["fields"]))
        answer = await browser.put("/api/v1/me/password", json={"password": "short"})
        assert {"password": ["at least 10 characters are needed"]} == answer.json()["fields"]
