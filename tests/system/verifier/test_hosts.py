"""A developer proves two hosts and watches their app's health, through the gateway, seen from three places."""

import asyncio
from typing import Any

import asyncpg

from tests.system.journey.developer import Journey
from tests.system.stack import Stack
from tests.system.verifier.hosts import BY_DNS, BY_FILE, LAPSING, Hosts
from tests.system.verifier.places import told as told_to

STEPS = ("resolve", "dial", "tls", "first_byte")


async def challenge(developer: Journey, host: str, path: str = "/auth/callback") -> dict[str, Any]:
    """Registers a callback on the host; what is to be published for it."""
    app, uri = f"/api/v1/applications/{developer.app['id']}", f"https://{host}{path}"
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
    await challenge(developer, BY_FILE)
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
    record = await developer.http.get(f"/api/v1/applications/{developer.app['id']}", headers=developer.with_key)
    assert record.json()["health_check_enabled"] is True
    chart = await developer.http.get(f"/developer/applications/{developer.app['id']}/rp_health/chart.svg")
    assert chart.headers["content-type"].startswith("image/svg+xml")


async def test_a_probe_is_one_trace(places: None, developer: Journey, hosts: Hosts, platform: Stack) -> None:
    """From the gateway to the host, seen from each place: both ways of proof, and each request's steps in time."""
    told = await challenge(developer, BY_FILE, "/traced")
    await verify(developer, told["uri"])
    async with asyncio.timeout(30):
        # Each process sends its spans when it likes.
        while not _whole(spans := await _spans(developer, platform, "verify.well_known")):
            await asyncio.sleep(0.3)
    named: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        named.setdefault(span["name"], []).append(span)
    assert [3, 3, 3] == [len(named[name]) for name in ("verify.look", "verify.dns", "verify.well_known")]
    for request in named["outbound.request"]:
        steps = [span for span in spans if span["parent_id"] == request["span_id"]]
        times = [(span["start_ns"], span["end_ns"]) for span in steps]
        if len(steps) == len(STEPS):
            assert [f"outbound.{step}" for step in STEPS] == [span["name"] for span in steps]
        assert all(request["start_ns"] <= start <= end <= request["end_ns"] for start, end in times)
    assert 2 == sum(len(named[f"outbound.{step}"]) == 2 for step in ("dial", "tls"))


def _whole(spans: list[dict[str, Any]]) -> bool:
    """From every process, the first as well as the last to end."""
    names = [span["name"] for span in spans]
    everybody = {"gateway", "registry", "verifier", "perspective"} <= {span["service"] for span in spans}
    return everybody and (3, 3) == (names.count("verify.look"), names.count("verify.well_known"))


async def _spans(developer: Journey, platform: Stack, wanted: str) -> list[dict[str, Any]]:
    listed = (await developer.http.get(f"{platform.desk}/traces.json", params={"wanted": wanted})).json()
    if not listed:
        return []
    found = await developer.http.get(f"{platform.desk}/traces/{listed[0]['trace_id']}.json")
    spans: list[dict[str, Any]] = found.json()["spans"]
    return spans


async def test_a_lapse_ends_in_the_owners_mail(places: None, developer: Journey, hosts: Hosts, platform: Stack) -> None:
    """A proven host whose record is gone at two looks a day apart: stale on the app, and a mail to its owner."""
    told = await challenge(developer, LAPSING)
    hosts.publish(told["challenge_dns_record"], told["challenge_dns_value"])
    assert await verify(developer, told["uri"]) == {"verified": True, "method": "dns"}
    hosts.names.txt(told["challenge_dns_record"])
    hosts.files.clear()
    await _a_month_passes(platform, told["uri"])
    async with asyncio.timeout(30):
        while (await stamped(developer, told["uri"]))["status"] != "stale":
            await asyncio.sleep(0.2)
    letter = await developer.mailbox.letter_to(developer.email, about=LAPSING)
    assert developer.app["name"] in letter.subject
    assert "dns_no_record" in letter.text
    assert f"{platform.issuer}/developer/applications/{developer.app['id']}/hosts" in letter.text


async def _a_month_passes(platform: Stack, uri: str) -> None:
    """The re-check is due, and the one a day before it had failed."""
    verifier = await asyncpg.connect(told_to(platform, "LOGI_POSTGRES_URL", "/verifier"))
    try:
        await verifier.execute(
            """
            update redirect_uri_checks
            set next_check_at = now(), failing_since = now() - interval '25 hours' where uri = $1
            """,
            uri,
        )
    finally:
        await verifier.close()


async def test_self_diagnosis(developer: Journey) -> None:
    """Anybody asks what is wrong with a request, without signing in."""
    given = {"client_id": developer.app["client_id"], "redirect_uri": "http://localhost:4001/auth/callback"}
    page = await developer.http.get("/diagnose", params=given, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "its port differs" in page.text
    assert "code_challenge is missing" in page.text
