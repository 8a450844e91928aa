"""Registry's calls to hosts that developers name, against every server that behaves badly on purpose."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from services.registry.applications import webhook
from services.registry.applications.refusals import InvalidLogo, InvalidWebhookUrl
from services.registry.ground import Ground
from services.registry.logos import fetch
from tests.chassis.outbound.attacks import INSIDE, OTHERS, SERVERS
from tests.chassis.outbound.ordeal import Call, Hurried, met, met_another, met_inside
from tests.chassis.outbound.world import World, a_world

NO_PICTURE = "It is no PNG, JPEG or WebP that can be read."

SAID = {
    "an endless body": "It has more than 512 KB.",
    # Two redirects may be followed, each judged anew.
    "a redirect inside": "It could not be fetched: blocked_host.",
    "a redirect to plain": "It could not be fetched: scheme_not_https.",
}


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def logo(ground: Ground) -> Call:
    """Fetches a logo; answers all that the refusal says."""

    async def call(client: Hurried, url: str) -> tuple[str, object]:
        with pytest.raises(InvalidLogo) as refused:
            await fetch.logo(msgspec.structs.replace(ground, client=client), url)
        return refused.value.detail, refused.value.fields

    return call


async def saved(client: Hurried, url: str) -> tuple[str, object] | None:
    """Checks a webhook URL as it is saved; answers all that the refusal says, None where it passes."""
    try:
        await webhook.check(url, client.policy)
    except InvalidWebhookUrl as refused:
        return refused.detail, refused.fields
    return None


@pytest.mark.parametrize("attack", SERVERS)
async def test_servers_with_logos(internet: World, logo: Call, attack: str) -> None:
    """Each has its sentence, which tells nothing of what was fetched; nothing is kept."""
    reason = SERVERS[attack].reason
    usual = NO_PICTURE if reason is None else f"It could not be fetched: {reason}."
    said = SAID.get(attack, usual)
    assert (said, {"logo_url": [said]}) == await met(internet, attack, logo)


@pytest.mark.parametrize("certified", OTHERS)
async def test_certificates_of_others(internet: World, logo: Call, certified: tuple[str, ...]) -> None:
    """A logo's server proves its name first."""
    said = "It could not be fetched: tls_invalid."
    assert (said, {"logo_url": [said]}) == await met_another(internet, certified, logo)


@pytest.mark.parametrize("addresses", INSIDE)
async def test_names_that_lead_inside(internet: World, logo: Call, addresses: tuple[str, ...]) -> None:
    """Refused for logos and webhooks alike; nobody learns which address our resolver saw."""
    said = "It could not be fetched: blocked_address."
    assert (said, {"logo_url": [said]}) == await met_inside(internet, addresses, logo)
    refused = (InvalidWebhookUrl.default_detail, {"webhook_url": ["blocked_address"]})
    assert refused == await met_inside(internet, addresses, saved)


@pytest.mark.parametrize("attack", SERVERS)
async def test_saving_a_webhook_calls_nobody(internet: World, attack: str) -> None:
    """A URL is judged by its name; how its server behaves is found out at dispatch."""
    assert await met(internet, attack, saved) is None
