"""The developer's hosts: one proven by DNS, one by a file, both answering the health check."""

import time
from dataclasses import dataclass, field

from aiohttp import web

from chassis.settings import Secret
from services.verifier.health import sign
from tests.system.journey.world import World

BY_DNS, BY_FILE, LAPSING = "notes.acme.example", "files.acme.example", "gone.acme.example"


@dataclass
class Hosts(World):
    """`health_secret`: what the endpoint checks signatures with; `down` answers as a host without the route."""

    health_secret: str = ""
    down: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    async def _file(self, request: web.Request) -> web.Response:
        if request.path != "/.well-known/logi-rp-health" or self.down:
            return await super()._file(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(headers)
        timestamp, client_id = int(headers["x-logi-timestamp"]), headers["x-logi-client-id"]
        if sign.signature(Secret(self.health_secret), timestamp, client_id) != headers["x-logi-signature"]:
            return web.json_response({"error": "invalid_signature"}, status=401)
        return web.json_response({"status": "ok", "client_id": client_id, "timestamp": int(time.time())})
