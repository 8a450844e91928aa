"""Both probes against the servers that behave badly on purpose: a reason, in time, and never more than was granted."""

from datetime import timedelta

import pytest

from services.verifier.health import judge, probe, sign
from services.verifier.health.secrets import Secrets
from services.verifier.health.target import Target
from services.verifier.perspectives.look import Look
from services.verifier.proof import well_known
from tests.chassis.outbound.attacks import INSIDE, OTHERS, SERVERS
from tests.chassis.outbound.hostile import answering
from tests.chassis.outbound.ordeal import harmless
from tests.verifier.builders import a_host
from tests.verifier.world import World

# What the two probes call each of them; a body is read to 256 bytes for a proof and to 4096 for a health check.
TOLD: dict[str | None, tuple[str, str]] = {
    "read_timeout": ("wellknown_timeout", "timeout"),
    "too_large": ("wellknown_too_large", "too_large"),
    "redirect_not_followed": ("wellknown_redirect", "redirect_not_followed"),
    "bad_response": ("connect_failed", "connect_failed"),
    "connection_reset": ("connect_failed", "connect_failed"),
    None: ("wellknown_too_large", "too_large"),
}
OWN = dict.fromkeys(("257 bytes", "a thousand brackets"), ("wellknown_too_large", "bad_response"))


@pytest.fixture
def impatient(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, sooner, where a server lets them run out; the others have their whole time."""
    if SERVERS[attack].reason == "read_timeout":
        monkeypatch.setattr(well_known, "TOTAL_TIMEOUT", timedelta(seconds=0.7))
        monkeypatch.setattr(probe, "TOTAL_TIMEOUT", timedelta(seconds=0.7))


async def looked(world: World, host: str) -> tuple[str | None, judge.Observation]:
    """What proof and health check make of the host, by the rules for every call of ours."""
    async with harmless() as shown:
        finding = await world.outlook().look(Look(host=host, challenges=("ab" * 32,)))
        target, secrets = Target(host, f"https://{host}/x"), Secrets(sign.new_secret(), None)
        seen = await world.ground().health.observe(target, "logi_1", secrets)
        shown += [finding, seen]
    return finding.wellknown_reason, seen


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("attack", SERVERS)
async def test_servers(world: World, attack: str) -> None:
    """Each way of answering badly has its reason in either probe's table, and ends within the deadline."""
    behaviour, reason = SERVERS[attack]
    host = a_host()
    await world.server(behaviour, host)
    found, seen = await looked(world, host)
    assert OWN.get(attack, TOLD[reason]) == (found, seen.reason)


@pytest.mark.parametrize("certified", OTHERS)
async def test_names_of_certificates(world: World, certified: tuple[str, ...]) -> None:
    """A certificate for another name is `tls_invalid` for both, and nothing is said to that server."""
    host = a_host()
    server = await world.server(answering(), host, certified=certified)
    found, seen = await looked(world, host)
    assert ("tls_invalid", "tls_invalid", []) == (found, seen.reason, server.heads)


@pytest.mark.parametrize("answers", INSIDE)
async def test_names_that_lead_inside(world: World, answers: tuple[str, ...]) -> None:
    """One address that is not public spoils the name for both; nobody is called."""
    host = a_host()
    server = await world.server(answering(), host)
    world.zone.set(host, answers)
    found, seen = await looked(world, host)
    assert ("blocked_address", "blocked_address", 0) == (found, seen.reason, server.connections)
