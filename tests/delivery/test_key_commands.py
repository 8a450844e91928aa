"""The operator's words about signing keys."""

import base64
from typing import Any

import pytest

from chassis.settings import Secret
from services.delivery.ground import Ground
from services.delivery.keys import commands
from services.delivery.settings import Settings
from tests.delivery.builders import an_application, audited, known


async def said(ground: Ground, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    sealing: Any = Secret("v1:" + base64.b64encode(b"k" * 32).decode())
    settings = Settings(
        issuer="http://localhost:8000",
        nats_url="nats://localhost",
        health_port=1,
        postgres_url=Secret(ground.db.url),
        key_encryption_keys=sealing,
    )
    await commands.keys(settings, ground.db, list(words))
    return capsys.readouterr().out


async def test_list_rotate_and_revoke(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """A rotation shows the new secret once; the list never does; a revoked key is not listed; all is audited."""
    app = an_application()
    secrets = await known(ground, app)
    shown = await said(ground, capsys, "rotate", app.client_id)
    assert "secret whsec_" in shown
    assert f"previous {secrets.kid} until" in shown
    new = shown.split()[1]
    listed = await said(ground, capsys, "list", app.client_id)
    assert [f"{new} signing", f"{secrets.kid} verify_only"] == [
        " ".join(line.split()[:2]) for line in listed.splitlines()
    ]
    assert "whsec_" not in listed
    assert f"revoked {secrets.kid}\n" == await said(ground, capsys, "revoke", str(secrets.kid), "compromise")
    assert [new] == [line.split()[0] for line in (await said(ground, capsys, "list", app.client_id)).splitlines()]
    lines = [*await audited(ground, "webhook_key.rotated", app.client_id)]
    lines += await audited(ground, "webhook_key.revoked", app.client_id)
    assert ["command", "command"] == [line["actor"] for line in lines]


@pytest.mark.parametrize(
    ("words", "status"),
    [(["dance"], 2), ([], 2), (["revoke", "whk_00000000", "admin"], 1), (["revoke", "x", "fun"], 2)],
)
async def test_what_cannot_be_done(
    ground: Ground, capsys: pytest.CaptureFixture[str], words: list[str], status: int
) -> None:
    """Words that nobody knows end with status 2 and the usage, an unknown key with 1."""
    with pytest.raises(SystemExit) as ended:
        await said(ground, capsys, *words)
    assert status == ended.value.code
