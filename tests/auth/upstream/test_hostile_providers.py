"""What auth asks of providers that operators name, against every server that behaves badly on purpose."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.clock import SystemClock
from services.auth.upstream.plans import Plan
from services.auth.upstream.providers import Providers, fetched
from services.auth.upstream.refusals import ProviderUnavailable
from tests.chassis.outbound.attacks import INSIDE, OTHERS, SERVERS
from tests.chassis.outbound.ordeal import Hurried, met, met_another, met_inside
from tests.chassis.outbound.world import World as Internet
from tests.chassis.outbound.world import a_world


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[Internet]:
    async with a_world(tmp_path) as made:
        yield made


async def metadata(client: Hurried, url: str) -> object:
    """Reads a discovery document."""
    try:
        return await Providers().metadata(client, SystemClock(), Plan(issuer=url))
    except ProviderUnavailable as refusal:
        return refusal.code


async def token(client: Hurried, url: str) -> object:
    """Redeems a code; nothing of what comes is shown."""
    try:
        return type(await fetched(client, url, form=b"grant_type=authorization_code")).__name__
    except ProviderUnavailable as refusal:
        return refusal.code


@pytest.mark.parametrize("attack", SERVERS)
async def test_servers(internet: Internet, attack: str) -> None:
    """None makes a provider, and none an answer to a code."""
    assert "upstream_unavailable" == await met(internet, attack, metadata)
    assert "upstream_unavailable" == await met(internet, attack, token)


@pytest.mark.parametrize("certified", OTHERS)
async def test_certificates_of_others(internet: Internet, certified: tuple[str, ...]) -> None:
    """A provider proves its name before it hears a code or a client secret."""
    assert "upstream_unavailable" == await met_another(internet, certified, token)


@pytest.mark.parametrize("addresses", INSIDE)
async def test_names_that_lead_inside(internet: Internet, addresses: tuple[str, ...]) -> None:
    """One address that is not public spoils the name."""
    assert "upstream_unavailable" == await met_inside(internet, addresses, metadata)
