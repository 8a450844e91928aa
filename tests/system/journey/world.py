"""The relying party's side of the journey: its webhook endpoint, its DNS zone and its web server, all on loopback."""

import asyncio
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiohttp import web

from tests.verifier.zone import Zone, a_zone


@dataclass
class Hook:
    """One webhook as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class World:
    """`settings` are what the platform must be told so that this loopback stands in for the internet."""

    folder: Path
    hooks: list[Hook] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    hook_port: int = 0
    https_port: int = 0

    @property
    def webhook_url(self) -> str:
        return f"http://127.0.0.1:{self.hook_port}/webhooks"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "LOGI_OUTBOUND_LOOPBACK_ADDRESSES": "127.0.0.1",
            "LOGI_OUTBOUND_NAMESERVERS": self.names.address,
            "LOGI_OUTBOUND_EXTRA_CA": str(self.folder / "ca.pem"),
            "LOGI_OUTBOUND_PORT_MAP": f"443:{self.https_port}",
        }

    async def start(self, *hosts: str) -> None:
        """`hosts` get an address and a certificate; their TXT records and files are set later."""
        self._names = a_zone()
        self.names: Zone = await self._names.__aenter__()
        for host in hosts:
            self.names.set(host, ["127.0.0.1"])
        hooks = web.Application()
        hooks.router.add_post("/webhooks", self._hook)
        self.hook_port = await self._serve(hooks, None)
        files = web.Application()
        files.router.add_get("/{path:.*}", self._file)
        self.https_port = await self._serve(files, self._certificate(*hosts))

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        await self._names.__aexit__(None, None, None)

    def publish(self, name: str, text: str) -> None:
        """Puts a TXT record into the zone."""
        self.names.txt(name, text)

    async def hook(self, event_type: str, seconds: float = 60) -> Hook:
        """Waits for a webhook of this type."""
        async with asyncio.timeout(seconds):
            while True:
                for hook in self.hooks:
                    if hook.headers.get("x-logi-event") == event_type:
                        return hook
                await asyncio.sleep(0.02)

    async def _serve(self, application: web.Application, tls: ssl.SSLContext | None) -> int:
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        self._runners = [*getattr(self, "_runners", []), runner]
        return int(runner.addresses[0][1])

    def _certificate(self, *hosts: str) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts).configure_cert(context)
        return context

    async def _hook(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.hooks.append(Hook(headers, await request.read()))
        return web.Response(status=204)

    async def _file(self, request: web.Request) -> web.Response:
        text = self.files.get(request.path)
        return web.Response(status=404) if text is None else web.Response(text=text)
