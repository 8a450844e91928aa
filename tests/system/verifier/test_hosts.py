"""A developer proves two hosts and watches their app's health, through the gateway, seen from three places."""

import asyncio
from typing import Any

from tests.system.journey.developer import Journey
from tests.system.verifier.hosts import BY_DNS, BY_FILE, Hosts


async def challenge(developer: Journey, host: str) -> dict[str, Any]:
    """Registers a callback on the host; what is to be published for it."""
    app, uri = f"/api/v1/applications/{developer.app['id']}", f"https://{host}/auth/callback"
    added = await developer.http.post(f"{app}/redirect_uris", json={"uri": uri}, headers=developer.with_key)
    assert added.status_code == 200, added.text
    listed = (await developer.http.get(f"{app}/redirect_uri_verifications", headers=developer.with_key)).json()
    return next(entry for entry in listed["verifications"] if entry["uri"] == uri)


async def verify(developer: Journey, uri: str) -> dict[str, Any]:
    path = f"/api/v1/applications/{developer.app['id']}/verify_redirect_uri"
    done = await developer.http.post(path, json={"uri": uri}, headers=developer.with_key)
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


async def stamped(developer: Journey, uri: str) -> dict[str, Any]:
    app = await developer.http.get(f"/api/v1/applications/{developer.app['id']}", headers=developer.with_key)
    found: dict[str, Any] = app.json()["redirect_uri_metadata"][uri]
    return found


async def test_a_host_is_proven_by_dns(places: None, developer: Journey, hosts: Hosts) -> None:
    """Two places see the record, one is lied to by its name server: proven, with what each saw on the record."""
    told = await challenge(developer, BY_DNS)
    hosts.publish(told["challenge_dns_record"], told["challenge_dns_value"])
    assert await verify(developer, told["uri"]) == {"verified": True, "method": "dns"}
    assert (await stamped(developer, told["uri"]))["status"] == "verified"
    path = f"/developer/applications/{developer.app['id']}/redirect_uri_verifications"
    console = (await developer.http.get(path)).json()
    seen = next(entry for entry in console["verifications"] if entry["uri"] == told["uri"])["perspectives"]
    assert [("main", "verified"), ("eu", "verified")] == [(place["name"], place["outcome"]) for place in seen[:2]]
    assert ("liar", "dns_nxdomain") == (seen[2]["name"], seen[2]["outcome"])


async def test_a_host_is_proven_by_a_file(places: None, developer: Journey, hosts: Hosts) -> None:
    """Without a record the file counts; before it is there the developer is told what is missing."""
    told = await challenge(developer, BY_FILE)
    hosts.files["/.well-known/logi-verification.txt"] = told["challenge_wellknown_body"] + "\n"
    assert await verify(developer, told["uri"]) == {"verified": True, "method": "well_known"}
    assert (await stamped(developer, told["uri"]))["method"] == "well_known"


async def test_the_app_is_alive(places: None, developer: Journey, hosts: Hosts) -> None:
    """Switched on, the check shows its secret once and is green within seconds; gone, the next look is red."""
    path = f"/api/v1/applications/{developer.app['id']}/rp_health"
    on = await developer.http.patch(path, json={"enabled": True, "host": BY_FILE}, headers=developer.with_key)
    assert on.status_code == 200, on.text
    hosts.health_secret = developer.app["rp_health_secret"]
    assert "rp_health_secret" not in on.json()
    async with asyncio.timeout(20):
        while (card := (await developer.http.get(path, headers=developer.with_key)).json())["state"] == "pending":
            await asyncio.sleep(0.2)
    assert (card["state"], card["reason"], card["host"]) == ("green", "alive", BY_FILE)
    hosts.down = True
    looked = await developer.http.post(f"{path}/check", headers=developer.with_key)
    assert (looked.json()["state"], looked.json()["reason"]) == ("red", "route_missing")
    chart = await developer.http.get(f"/developer/applications/{developer.app['id']}/rp_health/chart.svg")
    assert chart.headers["content-type"].startswith("image/svg+xml")


async def test_self_diagnosis(developer: Journey) -> None:
    """Anybody asks what is wrong with a request, without signing in."""
    given = {"client_id": developer.app["client_id"], "redirect_uri": "http://localhost:4001/auth/callback"}
    page = await developer.http.get("/diagnose", params=given, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "its port differs" in page.text
    assert "code_challenge is missing" in page.text
