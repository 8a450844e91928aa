"""Who is calling: asked of auth once per request, or remembered; never decided here (ADR 5)."""

from nats.aio.client import Client

from chassis.problems import Carried, TemporarilyUnavailable
from chassis.wire import questions
from chassis.wire.refusals import AnswerUnreadable
from contracts import principal as principals
from contracts.principal import AccessToken, Anonymous, Pak, Principal, Refused, Session
from contracts.questions.auth import PrincipalOf
from gateway import credentials, metering
from gateway.credentials import SAFE, Credential
from gateway.exchange import Exchange
from gateway.hosts import Hosts
from gateway.memory import Memory

ANONYMOUS = Anonymous()
NOBODY: tuple[Principal, bytes] = (ANONYMOUS, principals.encode(ANONYMOUS))
"""Whoever shows no credential; nobody needs to be asked."""

UNASKED: tuple[Principal, bytes] = (ANONYMOUS, b"")
"""For routes whose credential is the service's own business."""

_FROM_MEMORY = {"source": "memory"}
_FROM_AUTH = {"source": "auth"}


class Callers:
    """Finds out who calls."""

    def __init__(self, nc: Client, memory: Memory, issuer: str, hosts: Hosts) -> None:
        self._nc, self._memory, self._issuer, self._hosts = nc, memory, issuer, hosts
        self.cookie = "__Host-logi_session" if issuer.startswith("https://") else "logi_session"

    async def of(self, exchange: Exchange, method: str) -> tuple[Principal, bytes]:
        """The principal, and the bytes that the frame carries.

        Raises CrossSiteRequest, and NoInstance, DeadlinePassed or TemporarilyUnavailable where auth does not answer.
        """
        shown, path = exchange.shown, exchange.path
        credential = credentials.of(shown, self.cookie)
        if not credential.shown:
            return NOBODY
        if method not in SAFE:
            if credential.session is not None:
                credentials.check_same_origin(shown, self._hosts.believed(exchange.arrival.host))
            return await self._ask(credential, method, path)
        if not credential.memorable:
            return await self._ask(credential, method, path)
        key = credential.digest()
        known = self._memory.recall(key)
        if known is not None:
            metering.principal.add(1, _FROM_MEMORY)
            return known.principal, known.encoded
        generation = self._memory.watched_generation()
        principal, encoded = await self._ask(credential, method, path)
        if isinstance(principal, Pak | Session) or (isinstance(principal, AccessToken) and principal.via == "bearer"):
            self._memory.keep(key, principal, encoded, generation)
        return principal, encoded

    async def _ask(self, credential: Credential, method: str, path: bytes) -> tuple[Principal, bytes]:
        metering.principal.add(1, _FROM_AUTH)
        question = PrincipalOf(
            authorization=credential.authorization,
            session=credential.session,
            dpop=credential.dpop,
            method=method,
            # The issuer's origin, not the Host header's: a proof that was made for another site must not fit here.
            url=self._issuer + path.decode("latin-1"),
        )
        try:
            found = await questions.ask(self._nc, "gateway", question)
        except AnswerUnreadable:
            # A kind that this release does not know is never trusted.
            found = Refused(why="unknown")
        except Carried as problem:
            raise TemporarilyUnavailable(headers={"retry-after": "1"}) from problem
        return found, principals.encode(found)
