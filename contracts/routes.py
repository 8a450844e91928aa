"""What a service tells the gateway of each of its routes; generated into routes.json, compiled into one table."""

from typing import Literal

import msgspec

from contracts.hosts import Host

Credential = Literal["none", "session", "pak", "access_token", "client", "own"]
"""`own`: the credential is the service's business, the gateway resolves nothing (`/oauth/token`)."""

Face = Literal["first", "second", "page"]
"""In whose dialect a refusal is rendered: one record, two faces; pages answer in HTML."""

MIB = 1024 * 1024


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path template, for example GET /api/v1/applications/{id}."""

    method: str
    path: str
    face: Face
    credentials: tuple[Credential, ...]
    rate: str
    """The class of the rate table that it counts under; `none` for what is never limited."""
    pool: str = "web"
    body_limit: int = 64 * 1024
    """Bytes; above it the gateway answers 413 and sends nothing on."""
    timeout_ms: int = 10_000
    cached: bool = False
    """A public document: the gateway may keep it as long as its Cache-Control says, and asks again by ETag."""
    cors: bool = False
    """The service answers cross-origin requests itself; the gateway sends their preflight on."""
    host: Host = "issuer"
    """Where it is answered, if the console has a host of its own."""
    operation_id: str = ""


class RouteTable(msgspec.Struct, frozen=True, kw_only=True):
    """routes.json of one service."""

    service: str
    routes: list[Route]
