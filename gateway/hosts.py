"""The two hosts of the platform, where the console has one of its own: what each of them answers, and whose pages it
believes. Every other name that leads here counts as the issuer's host.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from chassis.wire.frames import Reply
from contracts.hosts import Host
from gateway.credentials import SAFE
from gateway.exchange import Exchange
from gateway.refusals import RouteUnknown
from gateway.table import Entry


class Hosts:
    """`console` is empty where both are one; then every route is answered under every name."""

    def __init__(self, issuer: str, console: str = "", web_origins: Iterable[str] = ()) -> None:
        self._origins: dict[Host, str] = {"issuer": issuer, "console": console}
        self._default_port = ":443" if issuer.startswith("https://") else ":80"
        self._console = self._named(urlsplit(console).netloc)
        self._believed = frozenset((issuer, *web_origins))
        self._of_console = frozenset((console,))

    def believed(self, host: str) -> frozenset[str]:
        """Origins whose pages may send a change along with a session of this host (ADR 5)."""
        return self._of_console if self._is_console(host) else self._believed

    def here(self, found: Entry | Reply, exchange: Exchange, method: str) -> Entry | Reply:
        """`found`, or the way to the host that answers it: who follows a link to a page gets there.

        Raises RouteUnknown for everything else that this host does not answer.
        """
        if not self._console or not isinstance(found, Entry) or found.route.host == "any":
            return found
        here: Host = "console" if self._is_console(exchange.arrival.host) else "issuer"
        if found.route.host == here:
            return found
        if found.route.face != "page" or method not in SAFE:
            raise RouteUnknown
        target = exchange.path + (b"?" + exchange.query if exchange.query else b"")
        location = self._origins[found.route.host].encode() + target
        return Reply(302, [(b"location", location), (b"cache-control", b"no-store")], b"")

    def _is_console(self, host: str) -> bool:
        return bool(self._console) and self._named(host) == self._console

    def _named(self, netloc: str) -> str:
        return netloc.lower().removesuffix(self._default_port)
