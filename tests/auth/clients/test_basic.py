"""HTTP Basic of an application: what each pair of name and secret is worth."""

from typing import Any

import pytest

from contracts.principal import Client, Refused
from contracts.questions.auth import ClientApply
from services.auth.clients import apply, basic
from tests.auth.rp import SECRET, World, an_app


@pytest.mark.parametrize(
    ("changes", "secret", "why"),
    [
        ({}, SECRET, None),
        ({}, "wrong", "wrong_secret"),
        ({"status": "suspended"}, SECRET, "client_inactive"),
        ({"status": "suspended"}, "wrong", "wrong_secret"),
        ({"client_type": "public"}, "", "client_public"),
        ({"client_type": "public"}, "guess", "wrong_secret"),
    ],
)
async def test_what_a_pair_is_worth(world: World, changes: dict[str, Any], secret: str, why: str | None) -> None:
    """That an app is suspended is told to those who know its secret alone."""
    app = an_app(**changes)
    await apply.Answers(world.db).apply(ClientApply(application=app))
    found = await basic.client(world.db, app.client_id, secret)
    if why is None:
        assert Client(client_id=app.client_id, application_id=app.id, status=app.status) == found
    else:
        assert Refused(why=why, via="basic") == found
