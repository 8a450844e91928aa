"""The only wiring of the gateway: what a process of it is made of, and the edge alone for tests and benchmarks."""

from collections.abc import Iterable
from pathlib import Path

from chassis.life import House
from chassis.limits import Limiter
from chassis.nats_link import Link
from chassis.service import link
from chassis.wire.call import Caller
from contracts.routes import RouteTable
from gateway import limits, openapi, own, table
from gateway.arrival import Arrivals
from gateway.caller import Callers
from gateway.documents import Documents
from gateway.edge import Edge
from gateway.forward import Forwarding
from gateway.hosts import Hosts
from gateway.limits import Limits
from gateway.memory import Memory
from gateway.server import Serving
from gateway.settings import Settings

NAME = "gateway"


class Gateway:
    """An edge with everything it stands on, from `start` until `stop`; `edge` is the ASGI app."""

    def __init__(
        self, config: Settings, nats: Link, bulk: Link | None = None, *, tables: Iterable[RouteTable] | None = None
    ) -> None:
        """`tables` stand in for the routes.json of the services: a benchmark or a test has its own.

        Raises RouteTaken, DocumentsClash, LimitsInvalid, ValueError: whatever would be wrong at the first request.
        """
        folder = Path(config.services)
        entries = own.entries(openapi.read(folder), config.issuer)
        self.table = table.compiled(table.read(folder) if tables is None else tables, entries)
        self.limiter = Limiter(config.redis_url.reveal(), gateways=config.gateways)
        rules = limits.rules(Path(config.limits_file) if config.limits_file else None)
        self.limits = Limits(self.limiter, rules, config.management_resource)
        self.limits.check(self.table.rates())
        hosts = Hosts(config.issuer, config.console_origin, config.web_origins)
        self.caller, self.memory = Caller(nats, bulk), Memory(nats)
        self.edge = Edge(
            self.table,
            arrivals=Arrivals(config.trusted_networks(), config.proxy_header),
            callers=Callers(nats, self.memory, config.issuer, hosts),
            limits=self.limits,
            documents=Documents(),
            forwarding=Forwarding(self.caller),
            issuer=config.issuer,
            hosts=hosts,
        )

    async def start(self) -> None:
        await self.caller.start()
        await self.memory.start()
        await self.limiter.start()

    async def stop(self) -> None:
        await self.limits.settle()
        await self.limiter.stop()
        await self.memory.stop()
        await self.caller.stop()


async def build(house: House[Settings]) -> None:
    """Ready with NATS connected, the table compiled and the port open; Redis may be away (ADR 8)."""
    config = house.settings
    gateway = Gateway(config, await link(house), await link(house, "-bulk"))
    await gateway.start()
    house.on_stop(gateway.stop)
    serving = Serving(gateway.edge, config.host, config.port, config.connections)
    await serving.start()
    house.ready_when("http", serving.ping)
    house.on_drain(serving.drain)
