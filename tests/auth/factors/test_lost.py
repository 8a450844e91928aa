"""An operator lets a person in who has lost every second factor."""

import pytest

from services.auth.standing.commands import users
from tests.auth.factors.builders import Authenticator, with_passkey, with_totp
from tests.auth.people import People, sign_in


async def test_every_factor_goes(process: People, capsys: pytest.CaptureFixture[str]) -> None:
    """With the sessions; the owner hears of each, the trail says who it was; the password is enough again."""
    account = await process.developer("ada@lost.example")
    async with process.signed_in("ada@lost.example") as browser:
        await with_totp(process, browser)
        await with_passkey(browser, Authenticator())
        await users(process.ground.settings, process.ground.db, ["forget-factors", "ada@lost.example"])
        assert "2 removed" in capsys.readouterr().out
        assert 303 == (await browser.get("/console")).status_code
    told = [kind for kind, _ in await process.letters("ada@lost.example")]
    assert ["totp_added", "passkey_added", "passkey_removed", "totp_removed"] == told
    trail = await process.ground.db.fetch(
        "select actor, action from account_audit where user_id = $1 order by id", account.id
    )
    added, removed = ("self", "auth.factor.added"), ("operator", "auth.factor.removed")
    assert [added, added, removed, removed] == [(row["actor"], row["action"]) for row in trail]
    async with process.browser() as browser:
        assert "/console" == (await sign_in(browser, "ada@lost.example")).headers["location"]
