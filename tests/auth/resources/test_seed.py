"""What every installation begins with, from the credentials document."""

import io
import sys
from types import SimpleNamespace

import msgspec
import pytest

from contracts.ids import new_pak
from services.auth import commands
from tests.auth.rp import RESOURCE, World, a_machine

TABLES = ("users", "api_keys", "api_resources", "api_scopes", "roles", "role_scopes", "application_roles")


async def test_seeding_twice_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator with a key, the management resource, the machine that may use it, and the streams of signals."""
    app = await world.tell(a_machine())
    document = msgspec.json.encode(
        {
            "issuer": "http://localhost:8000",
            "operator_email": "operator@seed.example",
            "operator_password": "correct horse battery",
            "operator_pak": new_pak(),
            "management_client_id": app.client_id,
            "management_resource": RESOURCE,
            "cli_client_id": "logi_" + "c" * 32,
        }
    )
    for _ in range(2):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(document)))
        await commands.seed(world.ground.settings, world.db, [])
        rows = [await world.db.fetchval(f"select count(*) from {table}") for table in TABLES]  # noqa: S608 - ours
        assert [1, 1, 2, 3, 1, 1, 1] == rows
    form = {"grant_type": "client_credentials", "client_id": app.client_id, "resource": RESOURCE}
    assert "all" == (await world.token(form)).json()["scope"]


async def test_the_operator_rotates_keys(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """`keys rotate` names what it published; any other word changes nothing."""
    await commands.keys(world.ground.settings, world.db, ["rotate"])
    said = capsys.readouterr().out.split()
    published = {key["kid"] for key in (await world.process().ground.ring.jwks("own"))["keys"]}
    assert {said[1], said[3]} <= published
    with pytest.raises(SystemExit):
        await commands.keys(world.ground.settings, world.db, ["away"])
