"""What a reply says beside its body: scope drift of the last week, and where a refusal is to be read about."""

from datetime import timedelta

import pytest

from services.auth.authorize.drift import LOOKED_UP
from tests.auth.rp import World, an_app, asking

DRIFT, CONSOLE = "x-logi-scope-drift", "x-logi-console-url"


@pytest.mark.parametrize("policy", ["block", "log_only", "alert"])
async def test_drift_is_told_for_a_week(world: World, policy: str) -> None:
    """Whether it was dropped or refused; other apps hear nothing of it."""
    app, other = await world.tell(an_app(scope_drift_policy=policy)), await world.tell(an_app())
    ada = await world.person(f"{policy}@drift.example")
    async with world.browser() as http:
        await http.get("/oauth/authorize", params=asking(app, scope='openid admin "x" phone'))
    world.clock.advance(timedelta(seconds=LOOKED_UP))
    answer = await world.redeem(app, await world.code(app, ada))
    assert (200, ["?x?", "admin", "phone"]) == (answer.status_code, sorted(answer.headers[DRIFT].split()))
    assert DRIFT not in (await world.redeem(other, await world.code(other, ada))).headers
    world.clock.advance(timedelta(days=7, seconds=1))
    assert DRIFT not in (await world.redeem(app, await world.code(app, ada))).headers


async def test_administrators_are_written_to_once_a_day(world: World) -> None:
    """Under `alert` alone, and without the scopes, which a stranger may have chosen."""
    admin = await world.person("admin@drift.example")
    await world.db.execute("update users set role = 'admin' where id = $1", admin.id)
    alert, quiet = await world.tell(an_app(scope_drift_policy="alert", name="Loud")), await world.tell(an_app())
    async with world.browser() as http:
        for app in (alert, alert, quiet):
            await http.get("/oauth/authorize", params=asking(app, scope="openid https://evil.example"))
        world.clock.advance(timedelta(days=1))
        await http.get("/oauth/authorize", params=asking(alert, scope="openid phone"))
    rows = await world.db.fetch("select key, sealed from mail_outbox where recipient = 'admin@drift.example'")
    letters = [world.ground.vault.open(row["sealed"], f"mail/{row['key']}").decode() for row in rows]
    assert (2, False) == (len(letters), any("evil" in letter for letter in letters))


async def test_a_refusal_of_a_known_app_says_where_to_read_of_it(world: World) -> None:
    """With the request's id; whoever did not authenticate is told nothing."""
    app = await world.tell(an_app())
    for answer in (
        await world.redeem(app, "never-issued"),
        await world.post("/oauth/par", app),
        await world.post("/oauth/revoke", app),
    ):
        link = answer.headers[CONSOLE]
        assert f"http://localhost:8000/developer/applications/{app.id}/requests/{answer.json()['request_id']}" == link
    assert (
        CONSOLE not in (await world.token({"grant_type": "refresh_token", "client_id": app.client_id}, "wrong")).headers
    )
