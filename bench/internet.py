"""The internet of the verifier's benchmark: any host below one domain, with its record, its file and its health.

`python -m bench.internet PORT FOLDER KEY`: DNS by UDP and HTTPS by TCP on one port number, and a certificate authority
in the folder. Hosts with an even number are proven by DNS, odd ones by file; those called `hang…` never answer.
"""

import asyncio
import ssl
import struct
import sys
import time
from pathlib import Path
from typing import cast

import trustme
import uvloop

from chassis.settings import Secret
from services.verifier.challenge import derive

DOMAIN = "rp.example"
TXT, A = 16, 1


def uri(number: int) -> str:
    return f"https://h{number}.{DOMAIN}/cb"


class Names(asyncio.DatagramProtocol):
    """One address for every host; nothing is remembered."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode().lower())
            at += data[at] + 1
        kind = struct.unpack("!H", data[at + 1 : at + 3])[0]
        found = self._found(labels, kind)
        rcode = 3 if found is None and kind == TXT else 0
        head = data[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, int(found is not None), 0, 0)
        record = b"" if found is None else struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(found)) + found
        self._transport.sendto(head + data[12 : at + 5] + record, addr)

    def _found(self, labels: list[str], kind: int) -> bytes | None:
        if kind == A:
            return bytes((127, 0, 0, 1))
        number = _number(labels[1]) if kind == TXT and labels[0] == derive.DNS_LABEL else None
        if number is None or number % 2:
            return None
        value = derive.value(self._key, number, uri(number)).encode()
        return bytes((len(value),)) + value


class Web:
    """Answers by the name in `Host`."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            told = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n"))}
            host = told["host"].partition(".")[0]
            if host.startswith("hang"):
                await reader.read()
                return
            writer.write(self._answer(host, head, told))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def _answer(self, host: str, head: str, told: dict[str, str]) -> bytes:
        if "logi-rp-health" in head:
            echo = f'{{"status":"ok","client_id":"{told["x-logi-client-id"]}","timestamp":{int(time.time())}}}'
            body = echo.encode()
        else:
            number = _number(host) or 0
            body = derive.value(self._key, number, uri(number)).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _number(label: str) -> int | None:
    return int(label[1:]) if label[1:].isdigit() else None


async def main(port: int, folder: Path, key: Secret) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(f"*.{DOMAIN}").configure_cert(tls)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: Names(key), ("127.0.0.1", port))
    server = await asyncio.start_server(Web(key).serve, "127.0.0.1", port, ssl=tls, backlog=4096)
    ready = await asyncio.start_server(_ready, "127.0.0.1", port + 1)
    async with server, ready:
        await server.serve_forever()


async def _ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2]), Secret(sys.argv[3])))
