"""The card, its switch and its secret, as the console, keys and administrators have them (verifier.md B7)."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import msgspec

from chassis.clock import FrozenClock
from contracts.principal import Principal, Session
from services.verifier.health import chart
from services.verifier.health.store import Result
from tests import gateless
from tests.verifier.builders import BEGAN, Registrar, a_developer
from tests.verifier.rp import Party, echoing
from tests.verifier.test_faces import a_session
from tests.verifier.world import World


class Console:
    """A developer and their session, with one app whose host answers."""

    def __init__(self, party: Party, http: httpx.AsyncClient, caller: Session, base: str) -> None:
        self.party, self.http, self.caller, self.base = party, http, caller, base

    async def call(
        self, method: str, path: str = "", body: Any = None, caller: Principal | None = None
    ) -> httpx.Response:
        headers = {**gateless.as_caller(caller or self.caller), "x-logi-csrf-token": "token"}
        return await self.http.request(method, f"{self.base}{path}", json=body, headers=headers)


async def a_console(world: World, registrar: Registrar, **session: Any) -> Console:
    party = await Party(world, echoing()).begin()
    me = a_developer()
    registrar.owned[me.user_id, party.app.id] = party.app
    http = await world.http(party.ground)
    return Console(party, http, a_session(me.user_id, **session), f"/developer/applications/{party.app.id}/rp_health")


async def test_the_card(world: World, registrar: Registrar) -> None:
    """Before the first check it is pending; looked at now it is green, with the result and a place in the chart."""
    console = await a_console(world, registrar)
    card = (await console.call("GET")).json()
    assert ("pending", True, console.party.host, [console.party.host], []) == (
        card["state"],
        card["enabled"],
        card["host"],
        card["hosts"],
        card["results"],
    )
    checked = await console.call("POST", "/check")
    assert (200, "green", "alive") == (checked.status_code, checked.json()["state"], checked.json()["reason"])
    card = (await console.call("GET")).json()
    assert ["green"] == [result["state"] for result in card["results"]]
    assert (120, "green", None) == (len(card["chart"]), card["chart"][-1]["state"], card["chart"][0]["state"])
    assert "rp_health_secret" not in card
    picture = await console.call("GET", "/chart.svg")
    assert "image/svg+xml" == picture.headers["content-type"].partition(";")[0]
    assert 120 == len(ET.fromstring(picture.text))  # noqa: S314 - our own picture


async def test_once_a_minute(world: World, registrar: Registrar) -> None:
    """A second look within the minute is refused with the time to wait, and asks nothing."""
    console = await a_console(world, registrar)
    await console.call("POST", "/check")
    again = await console.call("POST", "/check")
    assert (429, "rate_limited", "60") == (again.status_code, again.json()["error"], again.headers["retry-after"])
    assert 1 == len(console.party.asked)
    console.party.clock.advance(timedelta(minutes=1))
    assert 200 == (await console.call("POST", "/check")).status_code


async def test_the_switch(world: World, registrar: Registrar) -> None:
    """Off is disabled at once, on the record as well, and cannot be looked at; on again is due now, with its secret."""
    console = await a_console(world, registrar)
    off = (await console.call("PATCH", body={"enabled": False})).json()
    record = registrar.owned[console.caller.user_id, console.party.app.id]
    assert (False, 2) == (record.health_check_enabled, record.version)
    assert ("disabled", None, None) == (off["state"], off["host"], off["next_check_at"])
    refused = await console.call("POST", "/check")
    assert (409, "health_disabled") == (refused.status_code, refused.json()["error"])
    on = await console.call("PATCH", body={"enabled": True})
    assert ("pending", "no-store") == (on.json()["state"], on.headers["cache-control"])
    assert "rp_health_secret" not in on.json()


async def test_an_app_of_before(world: World, registrar: Registrar) -> None:
    """An app whose record says off is off until switched on, which shows its first secret once."""
    me = a_developer()
    app = registrar.has(me, "https://old.example/cb")
    app = registrar.owned[me.user_id, app.id] = msgspec.structs.replace(app, health_check_enabled=False)
    http = await world.http(world.ground(FrozenClock(BEGAN)))
    path, headers = f"/api/v1/applications/{app.id}/rp_health", gateless.as_caller(me)
    assert "disabled" == (await http.get(path, headers=headers)).json()["state"]
    on = (await http.patch(path, json={"enabled": True}, headers=headers)).json()
    assert on["rp_health_secret"].startswith("rphs_")
    assert "pending" == on["state"]
    again = (await http.patch(path, json={"enabled": True}, headers=headers)).json()
    assert "rp_health_secret" not in again


async def test_the_choice_of_a_host(world: World, registrar: Registrar) -> None:
    """Only a registered host can be chosen, never a free one; none goes back to the first."""
    console = await a_console(world, registrar)
    party = console.party
    first = party.app.redirect_uris[0].uri
    await party.changed(redirect_uris=world.uris("http://localhost/cb", first, "https://second.example:8443/cb"))
    registrar.owned[console.caller.user_id, party.app.id] = party.app
    for host in ("evil.example", "10.0.0.1", "localhost", ""):
        refused = await console.call("PATCH", body={"host": host})
        assert (422, "host_not_registered") == (refused.status_code, refused.json()["error"])
    chosen = (await console.call("PATCH", body={"host": "second.example"})).json()
    assert ("second.example", [party.host, "second.example"]) == (chosen["host"], chosen["hosts"])
    assert party.host == (await console.call("PATCH", body={"host": None})).json()["host"]


async def test_a_new_secret_needs_a_fresh_sign_in(world: World, registrar: Registrar) -> None:
    """A session signed in within 15 minutes is shown the new secret once; an older one is told to step up."""
    console = await a_console(world, registrar, authenticated_at=BEGAN - timedelta(minutes=16))
    stale = await console.call("POST", "/rotate_secret", {})
    assert (403, "step_up_required") == (stale.status_code, stale.json()["error"])
    fresh = a_session(console.caller.user_id)
    shown = await console.call("POST", "/rotate_secret", {"compromised": True}, fresh)
    assert shown.json()["rp_health_secret"].startswith("rphs_")
    assert "no-store" == shown.headers["cache-control"]
    assert shown.json()["rp_health_secret"] not in (await console.call("GET")).text


async def test_who_may(world: World, registrar: Registrar) -> None:
    """Others' apps do not exist, reading keys cannot change, and administrators read anybody's card."""
    console = await a_console(world, registrar)
    app = console.party.app
    api, admin = f"/api/v1/applications/{app.id}/rp_health", f"/api/v1/admin/applications/{app.id}/rp_health"
    owner = next(user_id for user_id, number in registrar.owned if number == app.id)
    reader = a_developer(user_id=owner, sub=str(owner), scopes=("apps:read",))
    http = console.http
    assert 200 == (await http.get(api, headers=gateless.as_caller(reader))).status_code
    assert 403 == (await http.post(f"{api}/check", headers=gateless.as_caller(reader))).status_code
    assert 403 == (await http.patch(api, json={}, headers=gateless.as_caller(reader))).status_code
    assert 404 == (await http.get(api, headers=gateless.as_caller(a_developer()))).status_code
    assert 401 == (await http.get(console.base, headers=gateless.as_caller(reader))).status_code
    assert 403 == (await http.get(admin, headers=gateless.as_caller(a_developer(scopes=("admin:read",))))).status_code
    boss = a_developer(role="admin", scopes=("admin:read",))
    assert 200 == (await http.get(admin, headers=gateless.as_caller(boss))).status_code


def test_the_chart_shows_the_worst() -> None:
    """Each part of a day has its worst colour and its median answer; parts without a check are empty."""
    times = [BEGAN + timedelta(hours=hour) for hour in (1, 2, 3)]
    seen = zip(times, ("green", "red", "yellow"), (100, None, 300), strict=True)
    results = [Result(at=at, state=state, reason="x", latency_ms=ms, drift_s=None) for at, state, ms in seen]  # type: ignore[arg-type]
    drawn = chart.parts(results, BEGAN + timedelta(hours=4))
    assert 120 == len(drawn)
    assert ("red", 200, BEGAN) == (drawn[-1].state, drawn[-1].latency_ms, drawn[-1].at)
    assert {None} == {part.state for part in drawn[:-1]}
