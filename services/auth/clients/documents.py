"""Client-id metadata documents: an https address with a path as client_id, read through the guarded client.

Such an application is public, and may only send people to its own origin (auth.md 2.10).
"""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
import structlog

from chassis import metrics
from chassis.clock import Clock
from chassis.outbound import Answer, Outbound, OutboundFailed
from chassis.postgres import Database
from contracts.applications import Application, RedirectUri, Verification
from services.auth.clients import store
from services.auth.clients.store import Reading

logger = structlog.get_logger()

MAX_BYTES: Final = 5 * 1024
SECONDS: Final = timedelta(seconds=5)
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=24)
"""How long a document counts at least and at most, whatever its own headers say."""

FAILED: Final = timedelta(minutes=1)
"""For so long nobody asks again at an address that did not answer well: strangers choose the addresses."""

AT_ONCE: Final = 8

NUMBER: Final = 0
"""Of all of them in the place of an application's id: registry gives it to nobody, and no console has them."""

MOST_URIS: Final = 10
SCOPES: Final = ("openid", "profile:basic", "email", "offline_access")

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,9})")
_reads = metrics.counter("client_document.read", description="Client-id metadata documents asked for, by outcome.")


class Unusable(Exception):
    """The document is none that we can go by."""


class _Document(msgspec.Struct, frozen=True):
    client_id: str
    redirect_uris: tuple[str, ...]
    client_name: str = ""
    logo_uri: str | None = None
    token_endpoint_auth_method: str = "none"
    grant_types: tuple[str, ...] = ("authorization_code",)


_ADDRESS = re.compile(r"https://[a-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~!$&'()*+,;=:@%/-]+")
"""Host in lower case, a path, and neither user, query nor fragment."""


def is_address(client_id: str) -> bool:
    """An https URL with a path of its own, and with nothing by which two spellings would be one address."""
    if not _ADDRESS.fullmatch(client_id):
        return False
    return not {".", ".."} & set(client_id.replace("%2e", ".").replace("%2E", ".").split("/"))


class Documents:
    """Reads them, and keeps what was read where every process finds it."""

    def __init__(self, db: Database, clock: Clock, outbound: Outbound) -> None:
        self._db, self._clock, self._outbound = db, clock, outbound
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def of(self, client_id: str) -> Application | None:
        """The application at this address; for a day an older reading stands in where the address fails."""
        known, now = await store.reading(self._db, client_id), self._clock.now()
        read_at = known.read_at
        if known.asked_until is None or known.asked_until <= now:
            read_at = await self._read_again(client_id, read_at, now)
        if read_at is None or read_at + LONGEST <= now:
            return None
        return await store.find(self._db, client_id)

    async def _read_again(self, client_id: str, read_at: datetime | None, now: datetime) -> datetime | None:
        try:
            async with self._slots:
                answer = await self._outbound.fetch(
                    "GET", client_id, (("Accept", "application/json"),), max_body=MAX_BYTES, total_timeout=SECONDS
                )
            app, until = described(client_id, answer, now), now + lifetime(answer.header("cache-control"))
        except (OutboundFailed, Unusable) as error:
            reason = error.reason if isinstance(error, OutboundFailed) else str(error)
            logger.info("client_document.unusable", client_id=client_id, reason=reason)
            _reads.add(1, {"outcome": "unusable" if isinstance(error, Unusable) else "failed"})
            await store.note(self._db, client_id, Reading(read_at, now + FAILED))
            return read_at
        _reads.add(1, {"outcome": "read"})
        async with self._db.transaction() as tx:
            await store.note(tx, client_id, Reading(now, until))
            await store.upsert(tx, app)
        return now


def described(client_id: str, answer: Answer, now: datetime) -> Application:
    """The application that a document describes. Raises Unusable."""
    if answer.status != 200 or answer.truncated:
        raise Unusable("status" if answer.status != 200 else "too_large")
    try:
        found = msgspec.json.decode(answer.body, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable("not_readable") from error
    if found.client_id != client_id:
        raise Unusable("other_client_id")
    if found.token_endpoint_auth_method != "none":
        raise Unusable("not_public")
    uris = [uri for uri in found.redirect_uris if _same_origin(uri, client_id)][:MOST_URIS]
    if not uris or "authorization_code" not in found.grant_types:
        raise Unusable("no_redirect_uri_of_its_origin" if not uris else "no_code_grant")
    return Application(
        id=NUMBER,
        client_id=client_id,
        version=int(now.timestamp() * 1000),
        name=_name(found.client_name) or str(urlsplit(client_id).hostname),
        client_type="public",
        token_endpoint_auth_method="none",
        redirect_uris=tuple(_uri(uri, now) for uri in dict.fromkeys(uris)),
        allowed_scopes=SCOPES,
        scope_drift_policy="log_only",
        status="sandbox",
        created_at=now,
        updated_at=now,
    )


def lifetime(cache_control: str | None) -> timedelta:
    """By `max-age`, within SHORTEST and LONGEST (RFC 9111 section 5.2.2.1)."""
    found = _MAX_AGE.search((cache_control or "").lower())
    wished = timedelta(seconds=int(found[1])) if found else SHORTEST
    return max(SHORTEST, min(wished, LONGEST))


def _uri(uri: str, now: datetime) -> RedirectUri:
    """Whoever answers at this origin has named it, which is what its verification would prove."""
    proven = Verification(status="verified", method="well_known", verified_at=now, last_checked_at=now)
    return RedirectUri(uri=uri, uri_class="dev_internet", verification=proven)


def _same_origin(uri: str, client_id: str) -> bool:
    if len(uri) > 2000 or not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri or "#" in uri:
        return False
    try:
        theirs, ours = urlsplit(uri), urlsplit(client_id)
    except ValueError:
        return False
    return (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc)


def _name(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:100]
