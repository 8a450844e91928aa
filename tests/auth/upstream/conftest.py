"""One process of real providers for all tests of a module, and auth that knows them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.auth.rp import Auth, World
from tests.auth.upstream import elsewhere


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    script = elsewhere.installed(Path(tmp_path_factory.mktemp("providers")))
    with elsewhere.providers(script) as found:
        yield found


@pytest.fixture(scope="module")
async def auth(world: World, ports: dict[str, int]) -> AsyncIterator[Auth]:
    made = elsewhere.reaching_loopback(world)
    for key, port in ports.items():
        await elsewhere.set_up(made, key, port)
    yield made
    await made.ground.outbound.stop()
