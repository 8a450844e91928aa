"""Scopes over a developer's apps go to an app that nobody has reviewed only from its own people (ruling 17)."""

from typing import Any

import pytest

from tests.auth.device.builders import a_cli, begun, decided, poll, typed
from tests.auth.rp import SEEN, World, an_app, asking, consent, told

SCOPES = "openid console:read console:manage"
ALLOWED = ("openid", "console:read", "console:manage")


@pytest.mark.parametrize(
    ("changes", "member", "granted"),
    [
        ({"organization": "acme"}, True, SCOPES),
        ({"organization": "acme"}, False, "openid"),
        ({"organization": None}, False, "openid"),
        ({"organization": "acme", "status": "approved"}, False, SCOPES),
        ({"organization": None, "first_party": True}, False, SCOPES),
    ],
)
async def test_console_scopes_until_promotion(
    world: World, changes: dict[str, Any], member: bool, granted: str
) -> None:
    """A member of its organisation, anybody once it is promoted, everybody for the operator's own; nobody else."""
    app = await world.tell(an_app(allowed_scopes=ALLOWED, **changes))
    ada = await _developer(world, f"ada{app.id}@ceiling.example")
    if member:
        SEEN[app.id, ada.id] = app
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = await http.get("/oauth/authorize", params=asking(app, scope=SCOPES, prompt="consent"))
        assert ("Manage your apps" in page.text) is ("console:manage" in granted)
        answer = told(await consent(http, page.text, csrf))
    assert granted == (await world.redeem(app, answer["code"])).json()["scope"]


async def test_a_stranger_who_has_nothing_else_to_give(world: World) -> None:
    """Asked for these scopes alone, the app hears access_denied, and no page asks the person."""
    app = await world.tell(an_app(allowed_scopes=ALLOWED, organization="acme"))
    eve = await _developer(world, "eve@ceiling.example")
    async with world.browser() as http:
        await world.sign_in(http, eve)
        answer = await http.get("/oauth/authorize", params=asking(app, scope="console:manage"))
    assert (302, "access_denied") == (answer.status_code, told(answer)["error"])


async def test_devices_too(world: World) -> None:
    """The device's page shows and gives the same."""
    app = await world.tell(a_cli(organization="acme"))
    bob = await _developer(world, "bob@ceiling.example")
    device = await begun(world, app, SCOPES)
    async with world.browser() as http:
        csrf = await world.sign_in(http, bob)
        assert "Manage your apps" not in (await typed(http, device["user_code"], csrf)).text
        await decided(http, device["user_code"], csrf)
    assert "openid" == (await poll(world, app, device["device_code"])).json()["scope"]


async def _developer(world: World, email: str) -> Any:
    person = await world.person(email)
    await world.db.execute("update users set role = 'developer' where id = $1", person.id)
    return person
