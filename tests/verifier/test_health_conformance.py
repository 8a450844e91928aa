"""The conformance checklist of the health check (verifier.md B8), number by number."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chassis.settings import Secret
from services.verifier.health import course, schedule, sign
from services.verifier.health.schedule import Schedule
from services.verifier.health.store import Health
from tests.verifier.builders import BEGAN
from tests.verifier.rp import Asked, Party, echoing, raw, seconds_of
from tests.verifier.world import World


def test_1_vector() -> None:
    """B8.1: the published vector of the signature."""
    secret = Secret("rp-health-test-secret")
    signature = sign.signature(secret, 1748345678, "logi_0123456789abcdef0123456789abcdef")
    assert "d156bccba1873d13f0a9dd4de409dbaf6c126c0105c73eddfc53eb2f3a5e2c27" == signature


async def test_2_a_right_endpoint(world: World) -> None:
    """B8.2: the right endpoint is green in one probe, asked byte for byte as the contract says."""
    party = await Party(world, echoing()).begin()
    health = await party.probed()
    assert ("green", "alive", 0) == (health.state, health.reason, health.drift_s)
    (asked,) = party.asked
    assert "GET /.well-known/logi-rp-health HTTP/1.1" == asked.line
    assert ("logi-healthcheck/1.0", "application/json", f"{party.host}:{party.server.port}") == (
        asked.headers["user-agent"],
        asked.headers["accept"],
        asked.headers["host"],
    )
    assert {"cookie", "traceparent", "authorization", "referer"}.isdisjoint(asked.headers)


async def test_3_a_static_file(world: World) -> None:
    """B8.3: a file that echoes the client_id with the time when it was written is yellow, and never green."""

    def written(asked: Asked) -> bytes:
        return raw(b'{"status":"ok","client_id":"%s","timestamp":1700000000}' % asked.client_id.encode())

    health = await (await Party(world, written).begin()).probed()
    assert ("yellow", "clock_drift") == (health.state, health.reason)


async def test_4_another_client(world: World) -> None:
    """B8.4: an answer in another client's name, or in none, is red."""
    for echo in (b'{"status":"ok","client_id":"logi_other","timestamp":1}', b'{"status":"ok"}'):
        answer = raw(echo)
        health = await (await Party(world, lambda _, said=answer: said).begin()).probed()  # type: ignore[misc]
        assert ("red", "client_id_mismatch") == (health.state, health.reason)


@pytest.mark.parametrize(
    ("ahead", "state"), [(299, "green"), (300, "green"), (301, "yellow"), (-299, "green"), (-301, "yellow")]
)
async def test_5_clocks(world: World, ahead: int, state: str) -> None:
    """B8.5: a clock that is 299 s off is green, 301 s yellow; by how much is told."""
    health = await (await Party(world, echoing(ahead=ahead)).begin()).probed()
    assert (state, ahead) == (health.state, health.drift_s)


async def test_6_a_redirect(world: World) -> None:
    """B8.6: a 302 to a sign-in page is red, and its target is not contacted."""
    answer = raw(b"", "302 Found", "Location: https://login.rp.example/")
    health = await (await Party(world, lambda _: answer).begin()).probed()
    assert ("red", "redirect_not_followed") == (health.state, health.reason)
    assert "login.rp.example" not in {name for name, _ in world.zone.queries}


async def test_7_an_expired_certificate(world: World) -> None:
    """B8.7: a certificate that has expired is red at the next probe, which is within the hour; it is not retried."""
    party = await Party(world, echoing()).begin()
    await party.probed()
    party.server = await world.server(party._behave(), party.host, until=datetime.now(UTC) - timedelta(days=1))
    await party.changed(redirect_uris=world.uris(f"https://{party.host}:{party.server.port}/cb"))
    health = await party.probed()
    assert ("red", "tls_invalid") == (health.state, health.reason)
    assert [] == party.server.heads
    assert health.next_probe_at is not None
    assert health.next_probe_at - party.clock.now() <= timedelta(hours=1, minutes=1)


async def test_8_a_host_turned_private(world: World) -> None:
    """B8.8: a host whose name now leads inside is not checkable, and no packet goes there."""
    party = await Party(world, echoing()).begin()
    world.zone.set(party.host, ["10.0.0.1"])
    health = await party.probed()
    assert ("not_checkable", "blocked_address") == (health.state, health.reason)
    assert 0 == party.server.connections


async def test_9_off(world: World) -> None:
    """B8.9: switched off, nothing is asked: not by the schedule, and not by a probe that was held before."""
    party = await Party(world, echoing()).begin()
    await party.changed(health_check_enabled=False)
    assert "disabled" == (await party.health()).state
    await world.nothing_due()
    party.clock.advance(timedelta(days=2))
    assert 0 == await Schedule(party.ground, 20).begin()
    assert 0 == party.server.connections
    assert schedule.POLL_SECONDS <= 60


def test_10_probes_are_spread() -> None:
    """B8.10: the probes of 1,000 apps are spread over the hour, each at its own second always."""
    stands = [
        Health(
            application_id=number,
            client_id="c",
            application_version=1,
            uris=(),
            enabled=True,
            state="green",
            since=BEGAN,
        )
        for number in range(1, 1001)
    ]
    minutes = Counter(seconds_of(course.next_probe(each, BEGAN)) // 60 for each in stands)
    assert 60 == len(minutes)
    assert max(minutes.values()) < 40
    for each in stands[:50]:
        first = course.next_probe(each, BEGAN)
        assert first + timedelta(hours=1) == course.next_probe(each, first)
