"""One port of loopback for both protocols of a name server."""

import asyncio
from abc import abstractmethod

TRIES = 20


class NameServer(asyncio.DatagramProtocol):
    """Asked over UDP as asyncio has it, over TCP by `tcp`."""

    @abstractmethod
    async def tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...


async def listen(server: NameServer) -> asyncio.Server:
    """A port that is free for one protocol alone is given back. Raises OSError if none is free for both."""
    loop = asyncio.get_running_loop()
    for _ in range(TRIES):
        listener = await asyncio.start_server(server.tcp, "127.0.0.1", 0)
        try:
            await loop.create_datagram_endpoint(lambda: server, listener.sockets[0].getsockname()[:2])
        except OSError:
            listener.close()
        else:
            return listener
    raise OSError("no port is free for both UDP and TCP")
