"""Both probes against the servers that behave badly on purpose: a reason, in time, and never more than was granted."""

import asyncio
from datetime import timedelta

import pytest

from services.verifier.health import judge, probe, sign
from services.verifier.health.secrets import Secrets
from services.verifier.health.target import Target
from services.verifier.perspectives.look import Look
from services.verifier.proof import well_known
from tests.chassis.outbound.hostile import (
    Behaviour,
    answering,
    endless,
    gzip_bomb,
    redirecting,
    saying,
    silent,
)
from tests.verifier.builders import a_host
from tests.verifier.world import World

OK = b"HTTP/1.1 200 OK\r\n"

ATTACKS: dict[str, tuple[Behaviour, str, str]] = {
    "silence": (silent(), "wellknown_timeout", "timeout"),
    "a byte now and then": (endless(b"x", start=OK + b"\r\n", pause=0.05), "wellknown_timeout", "timeout"),
    "a slow header": (endless(b"X", start=OK + b"X-Slow: ", pause=0.05), "wellknown_timeout", "timeout"),
    "endless headers": (endless(b"X-More: 1\r\n" * 100), "wellknown_too_large", "too_large"),
    "one endless header": (endless(b"X" * 4096, start=OK + b"X-Long: "), "wellknown_too_large", "too_large"),
    "an endless body": (endless(b"x" * 4096, start=OK + b"\r\n"), "wellknown_too_large", "too_large"),
    "early hints for ever": (endless(b"HTTP/1.1 103 E\r\n\r\n", start=b""), "wellknown_too_large", "too_large"),
    "a gzip bomb": (gzip_bomb(), "wellknown_too_large", "too_large"),
    "a redirect inside": (redirecting("https://10.0.0.1/"), "wellknown_redirect", "redirect_not_followed"),
    "a redirect to plain": (redirecting("http://rp.example/"), "wellknown_redirect", "redirect_not_followed"),
    "an upgrade": (
        saying(b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "connect_failed",
        "connect_failed",
    ),
    "another protocol": (saying(b"SSH-2.0-x\r\n\r\n"), "connect_failed", "connect_failed"),
    "an end at once": (saying(b"", then_close=True), "connect_failed", "connect_failed"),
    "half an answer": (
        saying(OK + b"Content-Length: 9\r\n\r\nab", then_close=True),
        "connect_failed",
        "connect_failed",
    ),
    "257 bytes": (answering(b"x" * 257), "wellknown_too_large", "bad_response"),
    "4097 bytes": (answering(b"x" * 4097), "wellknown_too_large", "too_large"),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, sooner."""
    monkeypatch.setattr(well_known, "TOTAL_TIMEOUT", timedelta(seconds=0.7))
    monkeypatch.setattr(probe, "TOTAL_TIMEOUT", timedelta(seconds=0.7))


async def looked(world: World, host: str) -> tuple[str | None, judge.Observation]:
    """What proof and health check make of the host, together in three seconds at most."""
    async with asyncio.timeout(3):
        finding = await world.outlook().look(Look(host=host, challenges=("ab" * 32,)))
        target, secrets = Target(host, f"https://{host}/x"), Secrets(sign.new_secret(), None)
        return finding.wellknown_reason, await world.ground().health.observe(target, "logi_1", secrets)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_servers(world: World, attack: str) -> None:
    """Each way of answering badly has its reason in either probe's table, and ends within the deadline."""
    behaviour, proof_reason, health_reason = ATTACKS[attack]
    host = a_host()
    await world.server(behaviour, host)
    found, seen = await looked(world, host)
    assert (proof_reason, health_reason) == (found, seen.reason)


@pytest.mark.parametrize("certified", [("other.example",), ("*.other.example",)])
async def test_names_of_certificates(world: World, certified: tuple[str, ...]) -> None:
    """A certificate for another name is `tls_invalid` for both, and nothing is said to that server."""
    host = a_host()
    server = await world.server(answering(), host, certified=certified)
    found, seen = await looked(world, host)
    assert ("tls_invalid", "tls_invalid", []) == (found, seen.reason, server.heads)


@pytest.mark.parametrize(
    "answers", [["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["127.0.0.1", "64:ff9b::a00:1"], ["::ffff:10.0.0.1"]]
)
async def test_names_that_lead_inside(world: World, answers: list[str]) -> None:
    """One address that is not public spoils the name for both; nobody is called."""
    host = a_host()
    server = await world.server(answering(), host)
    world.zone.set(host, answers)
    found, seen = await looked(world, host)
    assert ("blocked_address", "blocked_address", 0) == (found, seen.reason, server.connections)
