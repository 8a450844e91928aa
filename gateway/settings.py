"""What the gateway needs to know before it starts."""

import ipaddress
from pathlib import Path
from typing import Literal

from chassis.settings import Base, Secret

SERVICES = Path(__file__).resolve().parent.parent / "services"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(Base, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: int = 8000
    redis_url: Secret
    services: str = str(SERVICES)
    """The folder whose sub-folders hold routes.json and openapi.json."""
    gateways: int = 1
    """How many gateways run; without Redis each allows this share of a limit."""
    limits_file: str | None = None
    """JSON whose classes replace those of the same name in gateway/limits.json."""
    trusted_proxies: tuple[str, ...] = ()
    """CIDRs of the operator's own proxies; from anyone else, headers about the caller are dropped."""
    proxy_header: Literal["x-forwarded", "forwarded"] = "x-forwarded"
    """The one family of headers that those proxies write; the other might be the caller's invention."""
    web_origins: tuple[str, ...] = ()
    """Origins beside the issuer's whose pages may send unsafe requests with a session of its host."""
    management_resource: str = "https://default.logto.app/api"
    """Audience of management tokens, which have a limit of their own: an identifier (management-api.md section 1.1)."""
    connections: int = 4096
    """Connections and requests at a time; above it, 503 at once."""

    def trusted_networks(self) -> tuple[Network, ...]:
        """Raises ValueError for what is no CIDR."""
        return tuple(ipaddress.ip_network(cidr) for cidr in self.trusted_proxies)
