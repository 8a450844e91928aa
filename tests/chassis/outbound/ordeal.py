"""Puts a call of ours to the servers of `attacks`, and holds it to what all of them owe.

No call outlives its deadline, fails by anything but its own words, shows or logs what it fetched, or connects inside;
what it makes of each server is its service's to say.
"""

import asyncio
import ipaddress
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Unpack

import structlog

from chassis.outbound import Answer, Outbound, Policy, Terms
from chassis.outbound.answer import Granted
from tests.chassis.outbound.attacks import MARK, SERVERS
from tests.chassis.outbound.hostile import Server, answering
from tests.chassis.outbound.world import World

HURRY = timedelta(seconds=0.7)
"""What a call has of its own deadline where the server lets it run out."""

LATEST_SECONDS = 30.0

_numbers = itertools.count(1)
_dialled: list[Any] = []


class Hurried(Outbound):
    """The guarded client as it is, with less time; no caller may ask for more than a webhook has."""

    def __init__(self, policy: Policy, patience: timedelta) -> None:
        super().__init__(policy)
        self.policy, self._patience = policy, patience

    async def fetch(self, method: str, address: str, *given: Any, **terms: Unpack[Terms]) -> Answer:
        asked = terms.get("total_timeout", Granted().total_timeout)
        assert asked <= Granted().total_timeout
        terms["total_timeout"] = min(asked, self._patience)
        return await super().fetch(method, address, *given, **terms)


Call = Callable[[Hurried, str], Awaitable[Any]]
"""A call of ours to a URL with this client; answers what it shows or keeps of it."""


async def met(internet: World, attack: str, call: Call) -> Any:
    """What `call` makes of a server that behaves so."""
    host, (behaviour, reason) = _host(), SERVERS[attack]
    server = await internet.server(behaviour, host)
    return await _put(internet, server, host, call, HURRY if reason == "read_timeout" else timedelta(minutes=1))


async def met_inside(internet: World, addresses: tuple[str, ...], call: Call) -> Any:
    """What `call` makes of a name that leads inside; nobody is called."""
    host = _host()
    server = await internet.server(answering(), host)
    internet.names.set(host, addresses)
    shown = await _put(internet, server, host, call)
    assert 0 == server.connections
    return shown


async def met_another(internet: World, certified: tuple[str, ...], call: Call) -> Any:
    """What `call` makes of a server with somebody else's certificate; nothing is said to it."""
    host = _host()
    server = await internet.server(answering(), *certified)
    internet.names.set(host, ["127.0.0.1"])
    shown = await _put(internet, server, host, call)
    assert [] == server.heads
    return shown


@asynccontextmanager
async def harmless() -> AsyncIterator[list[Any]]:
    """What happens within ends in time, connects to nothing inside, and neither logs the mark nor adds it here."""
    shown: list[Any] = []
    began = _watched()
    with structlog.testing.capture_logs() as lines:
        async with asyncio.timeout(LATEST_SECONDS):
            yield shown
    assert MARK not in repr((shown, lines))
    assert [] == [address for address in _dialled[began:] if _is_inside(address)]


async def _put(
    internet: World, server: Server, host: str, call: Call, patience: timedelta = timedelta(minutes=1)
) -> Any:
    client = Hurried(internet.policy(server), patience)
    try:
        async with harmless() as shown:
            shown.append(await call(client, f"https://{host}/path"))
    finally:
        await client.stop()
    return shown[0]


def _host() -> str:
    return f"attack{next(_numbers)}.example"


def _watched() -> int:
    """From here on every socket that this process connects is on the list, whoever opened it."""
    if not _dialled:
        _dialled.append(None)
        sys.addaudithook(_note)
    return len(_dialled)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _dialled.append(arguments[1])


def _is_inside(address: Any) -> bool:
    """Unix sockets and loopback are this test's own; loopback stands in for the internet."""
    return isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback
