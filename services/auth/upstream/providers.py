"""What is known of a provider: its metadata and keys, fetched through the guarded client and kept for a while."""

from collections import OrderedDict
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import structlog

from chassis.clock import Clock
from chassis.outbound import Outbound, OutboundFailed
from services.auth.clients.key_sets import KeySets
from services.auth.upstream.plans import Plan
from services.auth.upstream.refusals import ProviderUnavailable

logger = structlog.get_logger()

FRESH_SECONDS: Final = 600.0
MOST_BYTES: Final = 64 * 1024
KEPT: Final = 100


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """OpenID Connect Discovery 1.0 section 3, as far as we go by it."""

    issuer: str | None
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str | None = None
    userinfo_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False
    """RFC 9207 section 3: then an answer without `iss` is none of this provider's."""


class Providers:
    """One process's memory of providers."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Metadata, float]] = OrderedDict()
        self._key_sets: KeySets | None = None

    async def metadata(self, outbound: Outbound, clock: Clock, plan: Plan) -> Metadata:
        """Of an `oauth2` plan its own endpoints. Raises ProviderUnavailable."""
        if plan.issuer is None or plan.kind == "oauth2":
            return Metadata(
                issuer=plan.issuer,
                authorization_endpoint=plan.authorization_endpoint or "",
                token_endpoint=plan.token_endpoint or "",
                userinfo_endpoint=plan.userinfo_endpoint,
            )
        kept = self._kept.get(plan.issuer)
        if kept is not None and clock.monotonic() - kept[1] < FRESH_SECONDS:
            return kept[0]
        found = _read(
            plan.issuer, await fetched(outbound, f"{plan.issuer.rstrip('/')}/.well-known/openid-configuration")
        )
        self._kept[plan.issuer] = found, clock.monotonic()
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def key_sets(self, outbound: Outbound, clock: Clock) -> KeySets:
        """The keys of all providers."""
        if self._key_sets is None:
            self._key_sets = KeySets(outbound, clock)
        return self._key_sets


async def fetched(
    outbound: Outbound,
    address: str,
    *,
    form: bytes | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Any:
    """The JSON at an address; with a form it is posted. Raises ProviderUnavailable, and logs why."""
    asked = (("Accept", "application/json"), *headers)
    if form is not None:
        asked = (*asked, ("Content-Type", "application/x-www-form-urlencoded"))
    host = urlsplit(address).hostname
    try:
        answer = await outbound.fetch(
            "GET" if form is None else "POST", address, asked, form or b"", max_body=MOST_BYTES
        )
    except OutboundFailed as failure:
        # Its text may quote what the provider said, which is nothing for our logs.
        logger.warning("upstream.not_had", host=host, reason=failure.reason)
        raise ProviderUnavailable from None
    if answer.status != 200 or answer.truncated:
        logger.warning("upstream.not_had", host=host, reason="too_large" if answer.truncated else answer.status)
        raise ProviderUnavailable
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        logger.warning("upstream.not_had", host=host, reason="not_json")
        raise ProviderUnavailable from None


def _read(issuer: str, document: Any) -> Metadata:
    """The document has to name the very issuer that it was asked for (OpenID Connect Discovery 1.0 section 4.3)."""
    try:
        found = msgspec.convert(document, Metadata)
    except msgspec.ValidationError:
        logger.warning("upstream.not_had", host=urlsplit(issuer).hostname, reason="no_metadata")
        raise ProviderUnavailable from None
    endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri or "")
    if found.issuer != issuer or not all(urlsplit(each).scheme in {"http", "https"} for each in endpoints):
        logger.warning("upstream.not_had", host=urlsplit(issuer).hostname, reason="other_issuer")
        raise ProviderUnavailable
    return found
