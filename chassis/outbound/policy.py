"""What this deployment allows: nothing beyond the public internet, unless it is somebody's own machine."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import msgspec

from chassis import settings
from chassis.outbound import judge


class AllowanceRefused(settings.SettingsInvalid):
    """A development allowance stands in production's settings (delivery.md section 6)."""


class OutboundSettings(settings.Base, frozen=True, kw_only=True):
    """Settings of a service that calls other people's servers; all but the first two are for development."""

    outbound_own_domains: tuple[str, ...] = ()
    outbound_own_addresses: tuple[str, ...] = ()
    outbound_http_loopback: bool = False
    outbound_loopback_addresses: tuple[str, ...] = ()
    outbound_nameservers: tuple[str, ...] = ()
    outbound_extra_ca: str | None = None
    outbound_port_map: tuple[str, ...] = ()
    """`443:8443` dials port 8443 where a URL says 443."""
    outbound_any_port: bool = False


DEVELOPMENT_ONLY = (
    "outbound_http_loopback",
    "outbound_loopback_addresses",
    "outbound_nameservers",
    "outbound_extra_ca",
    "outbound_port_map",
    "outbound_any_port",
)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one client. The defaults are production's."""

    http_loopback: bool = False
    """Whether `http://localhost`, `http://127.0.0.1` and `http://[::1]` are allowed, on any port."""
    loopback_addresses: frozenset[judge.Address] = frozenset()
    """Loopback addresses that names may resolve to, so that tests can stand in for the internet."""
    nameservers: tuple[str, ...] = ()
    """`host:port`; the system's where empty."""
    extra_ca: Path | None = None
    """A PEM file of certificate authorities trusted besides the system's."""
    port_map: dict[int, int] = {}
    allowed_ports: frozenset[int] | None = frozenset({443})
    """None allows every port."""
    own_domains: tuple[str, ...] = ()
    own_addresses: frozenset[judge.Address] = frozenset()

    def __post_init__(self) -> None:
        strays = [str(address) for address in self.loopback_addresses if not address.is_loopback]
        if strays:
            raise AllowanceRefused(f"only loopback addresses can be allowed, not {', '.join(strays)}")

    @classmethod
    def for_environment(cls, given: OutboundSettings) -> Self:
        """The policy that `given` describes. Raises AllowanceRefused for a development allowance in production."""
        if given.environment == "production":
            names = [name for name in DEVELOPMENT_ONLY if getattr(given, name)]
            if names:
                listed = ", ".join(settings.PREFIX + name.upper() for name in names)
                raise AllowanceRefused(f"{listed}: for development and tests only, not in production")
        try:
            return cls(
                http_loopback=given.outbound_http_loopback,
                loopback_addresses=frozenset(map(judge.read, given.outbound_loopback_addresses)),
                nameservers=given.outbound_nameservers,
                extra_ca=Path(given.outbound_extra_ca) if given.outbound_extra_ca else None,
                port_map=dict(_mapping(text) for text in given.outbound_port_map),
                allowed_ports=None if given.outbound_any_port else frozenset({443}),
                own_domains=(*given.outbound_own_domains, *_domain(given.issuer), *_domain(given.console_origin)),
                own_addresses=frozenset(map(judge.read, given.outbound_own_addresses)),
            )
        except ValueError as error:
            raise settings.SettingsInvalid(f"outbound settings: {error}") from error

    def blocks(self, address: judge.Address) -> str | None:
        """Why no connection goes to `address`, None where it may."""
        if address in self.own_addresses:
            return "own address"
        if address in self.loopback_addresses:
            return None
        return judge.address(address)


def _mapping(text: str) -> tuple[int, int]:
    said, dialled = text.split(":")
    return int(said), int(dialled)


def _domain(origin: str) -> tuple[str, ...]:
    host = urlsplit(origin).hostname or ""
    return () if judge.host(host) else (host,)
