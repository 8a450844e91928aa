"""The service of leaked passwords: asked by a prefix, and never in the way."""

from collections.abc import AsyncIterator
from hashlib import sha1
from pathlib import Path

import pytest

from chassis.outbound import Outbound, Policy
from services.auth.passwords import ranges
from tests.chassis.outbound.hostile import Behaviour, answering, endless, redirecting, silent
from tests.chassis.outbound.world import World as Internet
from tests.chassis.outbound.world import a_world

HOST = "leaks.example"
URL = f"https://{HOST}/range"
LEAKED = "words that leaked somewhere"
DIGEST = sha1(LEAKED.encode(), usedforsecurity=False).hexdigest().upper()
LINES = f"{'0' * 35}:3\r\n{DIGEST[5:]}:7\r\n{'F' * 35}:0\r\n".encode()


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[Internet]:
    async with a_world(tmp_path) as made:
        yield made


async def test_a_leaked_one_is_known_by_its_prefix(internet: Internet) -> None:
    """Five digits of a hash go out, padding is asked for, and what comes back is searched here."""
    server = await internet.server(answering(LINES), HOST)
    client = internet.client(server)
    assert await ranges.has(client, URL, LEAKED)
    assert not await ranges.has(client, URL, "words that leaked nowhere")
    head = server.heads[0].decode().lower()
    assert f"get /range/{DIGEST[:5].lower()} http/1.1" in head
    assert "add-padding: true" in head
    assert DIGEST[5:].lower() not in head


async def test_padding_counts_for_nothing(internet: Internet) -> None:
    """A line with the count 0 is noise that the service adds."""
    server = await internet.server(answering(f"{DIGEST[5:]}:0".encode()), HOST)
    assert not await ranges.has(internet.client(server), URL, LEAKED)


@pytest.mark.parametrize(
    "behaviour",
    [
        answering(LINES, "503 Service Unavailable"),
        silent(),
        endless(b"0" * 1024),
        redirecting("https://elsewhere.example/"),
    ],
)
async def test_its_absence_stops_nobody(internet: Internet, behaviour: Behaviour) -> None:
    """Down, slow, endless or gone elsewhere: within two seconds our own list decides alone."""
    server = await internet.server(behaviour, HOST)
    assert not await ranges.has(internet.client(server), URL, LEAKED)


async def test_without_one_nobody_is_asked() -> None:
    """No setting, no request."""
    assert not await ranges.has(Outbound(Policy()), None, LEAKED)
