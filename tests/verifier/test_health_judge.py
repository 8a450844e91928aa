"""What each answer says of a relying party (verifier.md B4)."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.outbound import Answer, Timings
from chassis.settings import Secret
from services.verifier.health import judge, sign
from services.verifier.health.judge import Asked
from tests.chassis.outbound.hostile import Behaviour, endless, saying, silent
from tests.verifier.rp import Party, echoing, raw
from tests.verifier.world import World

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECRET = Secret("rphs_" + "1" * 64)
ASKED = Asked(client_id="logi_1", timestamp=1_000, secret=SECRET)
OK = b'{"status":"ok","client_id":"logi_1","timestamp":1000}'
PROOF = sign._hmac(SECRET, "1000.logi_1.ok")


def an_answer(body: bytes = OK, status: int = 200, total: float = 0.1, **changes: object) -> Answer:
    given: dict[str, object] = {"headers": (), "truncated": False, "certificate_expires": NOW + timedelta(days=90)}
    timings = Timings(resolve=0.0, dial=0.0, tls=0.0, first_byte=0.0, total=total)
    return Answer(status=status, body=body, timings=timings, address="127.0.0.1", **{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "colour", "reason"),
    [
        (OK, "green", "alive"),
        (OK[:-1] + b',"more":[1],"version":"2"}', "green", "alive"),
        (OK.replace(b"ok", b"degraded"), "yellow", "rp_degraded"),
        (OK.replace(b"ok", b"fine"), "red", "bad_response"),
        (OK.replace(b"1000", b"1301"), "yellow", "clock_drift"),
        (OK.replace(b"1000", b"9" * 19), "yellow", "clock_drift"),
        (OK.replace(b"1000", b"9" * 400), "yellow", "clock_drift"),
        (OK.replace(b"1000", b'"1000"'), "red", "bad_response"),
        (OK.replace(b"1000", b"1e3"), "red", "bad_response"),
        (OK.replace(b"logi_1", b"logi_2"), "red", "client_id_mismatch"),
        (b"{}", "red", "client_id_mismatch"),
        (b'{"client_id":null,"status":"ok","timestamp":1000}', "red", "client_id_mismatch"),
        (b"<!doctype html>", "red", "bad_response"),
        (b"[" * 4000, "red", "bad_response"),
        (b"\xff\xfe", "red", "bad_response"),
        (b"", "red", "bad_response"),
        (b"null", "red", "bad_response"),
        (OK[:-1] + b',"proof":"%s"}' % PROOF.encode(), "green", "alive"),
        (OK[:-1] + b',"proof":"%s"}' % PROOF.upper().encode(), "red", "bad_response"),
        (OK[:-1] + b',"proof":"\xc3\xa9"}', "red", "bad_response"),
    ],
)
def test_bodies(body: bytes, colour: str, reason: str) -> None:
    """Only an echo of this client with a near clock is green; a proof that is there must hold."""
    seen = judge.answer(ASKED, an_answer(body), NOW)
    assert (colour, reason) == (seen.colour, seen.reason)


@pytest.mark.parametrize(
    ("status", "headers", "colour", "reason"),
    [
        (401, (), "yellow", "signature_rejected"),
        (429, (("retry-after", "5"),), "yellow", "throttled"),
        (503, (("retry-after", "5"),), "yellow", "throttled"),
        (429, (), "red", "http_429"),
        (503, (), "red", "http_503"),
        (404, (), "red", "route_missing"),
        (405, (), "red", "route_missing"),
        (403, (), "red", "http_403"),
        (500, (), "red", "http_500"),
        (204, (), "red", "http_204"),
        (304, (), "red", "http_304"),
    ],
)
def test_statuses(status: int, headers: tuple[tuple[str, str], ...], colour: str, reason: str) -> None:
    """A refusal by signature shows a living host; being throttled is no fault of it."""
    seen = judge.answer(ASKED, an_answer(b"", status, headers=headers), NOW)
    assert (colour, reason) == (seen.colour, seen.reason)


def test_slow_and_expiring() -> None:
    """What is right but slow, or right under a certificate with less than a week, is yellow."""
    assert "slow" == judge.answer(ASKED, an_answer(total=3.01), NOW).reason
    assert "alive" == judge.answer(ASKED, an_answer(total=2.99), NOW).reason
    soon = an_answer(certificate_expires=NOW + timedelta(days=7, seconds=-1))
    assert "cert_expiring" == judge.answer(ASKED, soon, NOW).reason
    assert "alive" == judge.answer(ASKED, an_answer(certificate_expires=NOW + timedelta(days=7)), NOW).reason
    assert "too_large" == judge.answer(ASKED, an_answer(truncated=True), NOW).reason


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (saying(b"", then_close=True), "connect_failed"),
        (saying(b"SSH-2.0-x\r\n\r\n"), "connect_failed"),
        (saying(raw(b"x" * 4097)), "too_large"),
        (endless(b"X: 1\r\n" * 100), "too_large"),
        (saying(raw(b"", "404 Not Found")), "route_missing"),
        (saying(raw(b"\x1f\x8b" + b"x" * 50, "200 OK", "Content-Encoding: gzip")), "bad_response"),
    ],
)
async def test_hostile_servers(world: World, behaviour: Behaviour, reason: str) -> None:
    """Whatever a server does, it is a reason of the table."""
    party = await Party(world, echoing()).begin()
    server = await world.server(behaviour, party.host)
    await party.changed(redirect_uris=world.uris(f"https://{party.host}:{server.port}/cb"))
    health = await party.probed()
    assert ("red", reason) == (health.state, health.reason)


async def test_nobody_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without addresses, a closed port and a silent server have their own reasons."""
    party = await Party(world, echoing()).begin()
    await party.changed(redirect_uris=world.uris("https://nowhere.example/cb"))
    assert "host_unresolvable" == (await party.probed()).reason
    world.zone.set("closed.example", ["127.0.0.1"])
    await party.changed(redirect_uris=world.uris("https://closed.example:1/cb"))
    assert "connect_failed" == (await party.probed()).reason
    monkeypatch.setattr("services.verifier.health.probe.TOTAL_TIMEOUT", timedelta(seconds=0.3))
    server = await world.server(silent(), "silent.example")
    await party.changed(redirect_uris=world.uris(f"https://silent.example:{server.port}/cb"))
    assert "timeout" == (await party.probed()).reason
