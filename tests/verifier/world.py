"""The internet on loopback around one verifier: a zone, a certificate authority, web servers, a registry."""

from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from nats.aio.client import Client

from chassis.clock import Clock, SystemClock
from chassis.outbound import Outbound
from chassis.postgres import Database
from chassis.settings import Secret
from chassis.vault import Vault
from contracts.applications import RedirectUri
from contracts.principal import Principal
from services.verifier import app
from services.verifier.challenge import derive
from services.verifier.challenge.keys import Keys
from services.verifier.ground import Ground
from services.verifier.health.probe import Caller
from services.verifier.perspectives.look import Outlook
from services.verifier.perspectives.panel import Panel, over
from services.verifier.proof.prove import Prover
from services.verifier.proof.txt import Names
from services.verifier.registry import Registry
from tests import gateless
from tests.chassis.outbound.hostile import Authority, Behaviour, Server, a_policy, serving
from tests.verifier.zone import Zone

VAULT = Vault({"v1": bytes(32)}, "v1")
KEY = Secret("test_secret_key_base")


class World:
    """Everything begun here ends with its stack. Verifier dials the server that was begun last for port 443."""

    def __init__(self, zone: Zone, folder: Path, db: Database, nats: Client, stack: AsyncExitStack) -> None:
        self.zone, self.authority = zone, Authority(folder)
        self._db, self._nats, self._stack = db, nats, stack
        self._server: Server | None = None

    async def server(
        self, behaviour: Behaviour, *names: str, certified: tuple[str, ...] = (), until: datetime | None = None
    ) -> Server:
        """A web server that `names` resolve to, with a certificate for them or for `certified`."""
        for name in names:
            self.zone.set(name, ["127.0.0.1"])
        tls = self.authority.serves(*(certified or names), until=until)
        self._server = await self._stack.enter_async_context(serving(behaviour, tls))
        return self._server

    def ground(
        self, clock: Clock | None = None, nats: Client | None = None, perspectives: tuple[str, ...] = ()
    ) -> Ground:
        clock = clock or SystemClock()
        policy = a_policy(self.zone.address, self.authority, self._server.port if self._server else None)
        outbound = Outbound(policy)
        self._stack.push_async_callback(outbound.stop)
        any_port = Outbound(msgspec.structs.replace(policy, allowed_ports=None))
        self._stack.push_async_callback(any_port.stop)
        prover = Prover(Names(policy.nameservers), outbound, clock)
        outlook = Outlook(prover, policy)
        nats = nats or self._nats
        return Ground(
            db=self._db,
            clock=clock,
            registry=Registry(nats),
            prover=prover,
            panel=Panel("loopback", perspectives, outlook.look, over(nats)),
            policy=policy,
            keys=Keys(current=KEY),
            vault=VAULT,
            health=Caller(any_port, clock, pause=0.05),
        )

    async def nothing_due(self) -> None:
        """Other tests' applications are never probed again."""
        await self._db.execute("update rp_health set next_probe_at = null, leased_until = null")

    async def forget_limits(self) -> None:
        """As if a long time had passed."""
        await self._db.execute("delete from attempt_limits")

    @staticmethod
    def uris(*uris: str) -> tuple[RedirectUri, ...]:
        return tuple(RedirectUri(uri=uri, uri_class="production") for uri in uris)

    def outlook(self) -> Outlook:
        """A perspective by itself."""
        ground = self.ground()
        return Outlook(ground.prover, ground.policy)

    async def http(self, ground: Ground | None = None) -> httpx.AsyncClient:
        made = gateless.client(app.litestar_app(ground or self.ground(), "http://localhost:8000"))
        return await self._stack.enter_async_context(made)

    async def verify(self, caller: Principal, application_id: int, uri: str) -> httpx.Response:
        """One attempt, as a developer makes it."""
        return await post(await self.http(), caller, application_id, uri)


async def post(http: httpx.AsyncClient, caller: Principal, application_id: int, uri: Any) -> httpx.Response:
    path = f"/api/v1/applications/{application_id}/verify_redirect_uri"
    return await http.post(path, json={"uri": uri}, headers=gateless.as_caller(caller))


async def listed(http: httpx.AsyncClient, caller: Principal, application_id: int) -> httpx.Response:
    path = f"/api/v1/applications/{application_id}/redirect_uri_verifications"
    return await http.get(path, headers=gateless.as_caller(caller))


def challenge(application_id: int, uri: str) -> str:
    return derive.value(KEY, application_id, uri)
