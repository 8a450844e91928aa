"""The internet on loopback: one name server, one certificate authority, any number of servers and clients."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from chassis.outbound import Outbound, Policy
from tests.chassis.outbound.hostile import Authority, Behaviour, Server, a_policy, serving
from tests.chassis.outbound.names import Names, name_server


class World:
    """Everything begun here ends with the world."""

    def __init__(self, names: Names, authority: Authority, stack: AsyncExitStack) -> None:
        self.names, self.authority, self._stack = names, authority, stack

    async def server(self, behaviour: Behaviour, *hosts: str, address: str = "127.0.0.1") -> Server:
        """A TLS server with a certificate for `hosts`, which resolve to it."""
        for host in hosts:
            self.names.set(host, [address])
        return await self._stack.enter_async_context(serving(behaviour, self.authority.serves(*hosts), address))

    async def plain_server(self, behaviour: Behaviour) -> Server:
        return await self._stack.enter_async_context(serving(behaviour))

    def client(self, server: Server | None = None, **changes: Any) -> Outbound:
        """A client that dials `server` for port 443, with `changes` to its policy."""
        outbound = Outbound(msgspec.structs.replace(self.policy(server), **changes))
        self._stack.push_async_callback(outbound.stop)
        return outbound

    def policy(self, server: Server | None = None) -> Policy:
        return a_policy(self.names.address, self.authority, server.port if server else None)


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    async with name_server() as names, AsyncExitStack() as stack:
        yield World(names, Authority(folder), stack)
