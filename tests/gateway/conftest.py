"""One service behind one gateway, on a NATS of their own: other tests answer for auth, too."""

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.wire import questions, serve
from contracts.questions.auth import PrincipalOf
from deploy.local.servers.nats import Nats
from tests.gateway.builders import Auth, Town, a_town, some_settings
from tests.gateway.shop import POOLS, Shop

LIMITS = {"tight": [{"name": "tight", "quota": 2, "window": "60s", "key": ["ip"], "closed": True}]}


@pytest.fixture(scope="module")
def private_nats(scratch_folder: Path) -> Iterator[Nats]:
    server = Nats(scratch_folder / f"gateway-{secrets.token_hex(4)}")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
async def gateway_link(private_nats: Nats) -> AsyncIterator[Client]:
    client = await nats_link.connect(private_nats.url, name="gateway")
    yield client
    await client.close()


@pytest.fixture(scope="module")
async def service_link(private_nats: Nats) -> AsyncIterator[Client]:
    client = await nats_link.connect(private_nats.url, name="service")
    yield client
    await client.close()


@pytest.fixture
async def shop(service_link: Client) -> AsyncIterator[Shop]:
    """A new shop, open for business."""
    made = Shop()
    async with serve.http(service_link, "shop", made.app, POOLS):
        yield made


@pytest.fixture
async def auth(service_link: Client, gateway_link: Client) -> AsyncIterator[Auth]:
    played = Auth(service_link, gateway_link)
    answering = await questions.answer(service_link, "auth", PrincipalOf, played.answer)
    yield played
    await answering.drain()


@pytest.fixture(scope="module")
def limits_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("limits") / "limits.json"
    file.write_text(json.dumps(LIMITS))
    return str(file)


@pytest.fixture
async def town(
    gateway_link: Client, redis_url: str, limits_file: str, tmp_path: Path, shop: Shop
) -> AsyncIterator[Town]:
    """A gateway that trusts no proxy."""
    config = some_settings(redis_url, tmp_path, limits_file=limits_file)
    async with a_town(config, gateway_link, [shop.table]) as made:
        yield made


@pytest.fixture
async def proxied(
    gateway_link: Client, redis_url: str, limits_file: str, tmp_path: Path, shop: Shop
) -> AsyncIterator[Town]:
    """A gateway behind a proxy of the operator's on loopback, so that a test may come from any address."""
    config = some_settings(redis_url, tmp_path, limits_file=limits_file, trusted_proxies=("127.0.0.0/8", "10.0.0.0/8"))
    async with a_town(config, gateway_link, [shop.table]) as made:
        yield made


@pytest.fixture
def address() -> str:
    """An address that no other test has used up."""
    return f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
