"""What an operator does about accounts in their grace, by the command line."""

from datetime import timedelta

import pytest

from chassis.clock import SystemClock
from services.auth.deletion import close, commands
from tests.auth.people import People


async def test_an_operator_looks_and_restores(process: People, capsys: pytest.CaptureFixture[str]) -> None:
    """By address or by number; what is not in its grace is not there."""
    ada = await process.developer("ada@operator.example")
    process.clock.advance(SystemClock().now() - process.clock.now())
    await close.account(process.ground, ada.id)
    ground = process.ground
    await commands.closed(ground.settings, ground.db, ["show", "ADA@operator.example"])
    gone = process.clock.now() + timedelta(days=30)
    assert f"{ada.id} closed {process.clock.now():%Y-%m-%d}, gone on {gone:%Y-%m-%d}\n" == capsys.readouterr().out
    await commands.closed(ground.settings, ground.db, ["restore", str(ada.id)])
    assert f"{ada.id} is back\n" == capsys.readouterr().out
    async with process.signed_in("ada@operator.example") as browser:
        assert 200 == (await browser.get("/api/v1/me")).status_code
    for words in (["restore", str(ada.id)], ["show", "nobody@operator.example"], ["restore"], ["forget", "1"]):
        with pytest.raises(SystemExit):
            await commands.closed(ground.settings, ground.db, words)
