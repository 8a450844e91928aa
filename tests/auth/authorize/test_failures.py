"""Failures on our side, once it is known whom to tell."""

from typing import Any

import msgspec
import pytest

from chassis.postgres import UNAVAILABLE
from chassis.wire.refusals import NoInstance
from tests.auth.rp import Auth, World, an_app, asking, told


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (NoInstance(), "temporarily_unavailable"),
        (UNAVAILABLE[0]("away"), "temporarily_unavailable"),
        (RuntimeError("sesame"), "server_error"),
    ],
    ids=["registry is away", "Postgres is away", "nobody foresaw it"],
)
async def test_the_app_is_told_what_failed_here(world: World, failure: Exception, error: str) -> None:
    """By redirect, with its state, as RFC 6749 section 4.1.2.1 asks; nothing of the failure itself is told."""

    async def fails(*_: Any) -> Any:
        raise failure

    auth = Auth(msgspec.structs.replace(world.ground, seen_by=fails))
    app = await world.tell(an_app(allowed_scopes=("openid", "console:read"), organization="personal-1"))
    async with auth.browser() as http:
        await world.sign_in(http, await world.person(f"{type(failure).__name__.lower()}@failures.example"))
        answer = await http.get("/oauth/authorize", params=asking(app, scope="openid console:read"))
        unknown = await http.get("/oauth/authorize", params=asking(app, client_id="nobody"))
    back = told(answer)
    assert (302, error, asking(app)["state"]) == (answer.status_code, back["error"], back["state"])
    assert "sesame" not in answer.headers["location"]
    assert 400 == unknown.status_code
