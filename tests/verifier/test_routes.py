"""What the routes show, whom they let in, and what an attempt leaves behind."""

from datetime import timedelta

import msgspec
import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.clock import FrozenClock
from chassis.postgres import Database
from chassis.wire import questions
from contracts import events
from contracts.events.verifier import RedirectUriFailed, RedirectUriVerified, VerificationEvent
from contracts.principal import Refused
from contracts.questions.registry import ApplicationFor
from tests.verifier.builders import BEGAN, Registrar, a_developer, a_host
from tests.verifier.world import World, challenge, listed, post


async def announced(db: Database) -> VerificationEvent:
    event = events.decode(await db.fetchval("select payload from outbox order by id desc limit 1"))
    assert isinstance(event, VerificationEvent)
    return event


async def test_what_to_publish(world: World, registrar: Registrar) -> None:
    """Every URI is listed in order of registration, with its challenge where a host can be asked."""
    me, host = a_developer(), a_host()
    uris = (f"https://{host.upper()}:8443/cb", "http://localhost:4000/cb", "https://*.acme.example/cb")
    app = registrar.has(me, *uris)
    shown = (await listed(await world.http(), me, app.id)).json()["verifications"]
    assert list(uris) == [each["uri"] for each in shown]
    assert ["unverified", "not_applicable", "blocked"] == [each["status"] for each in shown]
    expected: dict[str, object] = {
        "uri": uris[0],
        "status": "unverified",
        "method": None,
        "reason": None,
        "challenge_dns_record": f"_logi-verify.{host}",
        "challenge_dns_value": challenge(app.id, uris[0]),
        "challenge_wellknown_url": f"https://{host}/.well-known/logi-verification.txt",
        "challenge_wellknown_body": challenge(app.id, uris[0]),
        "verified_at": None,
        "last_checked_at": None,
        "next_allowed_at": None,
        "perspectives": [],
    }
    assert expected == shown[0]
    assert {None} == {each["challenge_dns_value"] for each in shown[1:]}


async def test_a_failed_challenge(world: World, registrar: Registrar, db: Database) -> None:
    """It answers 200 with both reasons and what was seen; the finding is announced, stamped and shown."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", "x" * 150)
    clock = FrozenClock(BEGAN)
    http = await world.http(world.ground(clock))
    answer = await post(http, me, app.id, uri)
    place = {
        "name": "loopback",
        "outcome": "dns_mismatch",
        "dns_reason": "dns_mismatch",
        "wellknown_reason": "host_unresolvable",
    }
    expected = {
        "verified": False,
        "status": "failed",
        "reason": "dns_mismatch",
        "dns_reason": "dns_mismatch",
        "wellknown_reason": "host_unresolvable",
        "found": ["x" * 100],
        "hint": None,
        "retry_after_dns": None,
        "perspectives": [place],
    }
    assert (200, expected) == (answer.status_code, answer.json())
    event = await announced(db)
    assert isinstance(event, RedirectUriFailed)
    stamp = registrar.stamped[-1]
    assert (event.application_id, event.uri, event.verification) == (app.id, uri, stamp.verification)
    (shown,) = (await listed(http, me, app.id)).json()["verifications"]
    assert ("failed", "dns_mismatch", [place]) == (shown["status"], shown["reason"], shown["perspectives"])
    assert "2026-11-01T00:00:00Z" == shown["last_checked_at"]
    assert "2026-11-01T00:01:00Z" == shown["next_allowed_at"]


async def test_a_proof_stands(world: World, registrar: Registrar, db: Database) -> None:
    """A later failure is told and leaves the proof; what was proved is announced with its time."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    clock = FrozenClock(BEGAN)
    http = await world.http(world.ground(clock))
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    assert (await post(http, me, app.id, uri)).json()["verified"] is True
    event = await announced(db)
    assert isinstance(event, RedirectUriVerified)
    assert ("dns", BEGAN) == (event.verification.method, event.verification.verified_at)
    clock.advance(timedelta(seconds=60))
    world.zone.txt(f"_logi-verify.{host}")
    again = (await post(http, me, app.id, uri)).json()
    assert (False, "verified", "dns_no_record", 300) == (
        again["verified"],
        again["status"],
        again["reason"],
        again["retry_after_dns"],
    )
    assert BEGAN == registrar.stamped[-1].verification.verified_at


async def test_registry_away_while_stamping(world: World, nats: Client, nats_url: str) -> None:
    """The finding is kept, and the answer says that the app does not show it yet."""
    registrar, me, host = Registrar(), a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    answering = await questions.answer(nats, "registry", ApplicationFor, registrar.application)
    try:
        answer = await world.verify(me, app.id, uri)
    finally:
        await answering.drain()
    assert {"verified": True, "method": "dns", "propagation": "pending"} == answer.json()


async def test_registry_away(world: World, nats_url: str) -> None:
    """Without registry nobody knows whose app it is: 503, and nothing is probed."""
    lonely = await nats_link.connect(nats_url, name="lonely")
    await lonely.close()
    answer = await post(await world.http(world.ground(nats=lonely)), a_developer(), 1, "https://rp.example/cb")
    assert (503, "temporarily_unavailable") == (answer.status_code, answer.json()["error"])
    assert [] == world.zone.queries


@pytest.mark.parametrize("change", ["/", "?", " ", ""])
async def test_only_registered_uris(world: World, registrar: Registrar, change: str) -> None:
    """A URI is compared byte for byte, and one that is not registered takes no slot."""
    me = a_developer()
    app = registrar.has(me, uri := f"https://{a_host()}/cb")
    http = await world.http()
    for _ in range(2):
        answer = await post(http, me, app.id, uri + change if change else uri.upper())
        assert (422, "uri_not_registered") == (answer.status_code, answer.json()["error"])


async def test_who_may(world: World, registrar: Registrar) -> None:
    """Reading needs apps:read, an attempt apps:manage; without a credential, or with a refused one, 401."""
    reader = a_developer(scopes=("apps:read",))
    app = registrar.has(reader, uri := f"https://{a_host()}/cb")
    http = await world.http()
    assert 200 == (await listed(http, reader, app.id)).status_code
    attempt = await post(http, reader, app.id, uri)
    assert (403, "apps:manage") == (attempt.status_code, attempt.json()["required_scope"])
    keyless = msgspec.structs.replace(reader, scopes=("profile:read",))
    assert 403 == (await listed(http, keyless, app.id)).status_code
    assert 401 == (await post(http, Refused(why="revoked"), app.id, uri)).status_code
    assert 404 == (await listed(http, a_developer(), app.id)).status_code


@pytest.mark.parametrize("uri", [None, 5, [], {}])
async def test_bodies(world: World, registrar: Registrar, uri: object) -> None:
    """A body whose `uri` is no text is refused as such."""
    me = a_developer()
    app = registrar.has(me, f"https://{a_host()}/cb")
    answer = await post(await world.http(), me, app.id, uri)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"] in ("invalid_request", "validation_failed")
