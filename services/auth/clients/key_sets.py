"""Keys that applications publish at an address of theirs: fetched through the guarded client, kept for a while."""

from collections import OrderedDict
from typing import Any, Final

import msgspec
import structlog

from chassis.clock import Clock
from chassis.outbound import Outbound, OutboundFailed

logger = structlog.get_logger()

FRESH_SECONDS: Final = 600.0
UNKNOWN_SECONDS: Final = 30.0
"""A kid that is not at hand may be new: look once more, but not for every forgery."""

MOST_BYTES: Final = 32 * 1024
MOST_KEYS: Final = 20
KEPT: Final = 1000


class _Kept(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]
    fetched: float


class _Document(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


class KeySets:
    """One process's memory of other people's JWK Sets."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound, self._clock = outbound, clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def at(self, address: str, kid: str | None) -> tuple[dict[str, Any], ...]:
        """The keys of the set at `address`; none where it cannot be had."""
        kept = self._kept.get(address)
        age = float("inf") if kept is None else self._clock.monotonic() - kept.fetched
        known = kept is not None and (kid is None or any(key.get("kid") == kid for key in kept.keys))
        if kept is not None and age < (FRESH_SECONDS if known else UNKNOWN_SECONDS):
            return kept.keys
        keys = await self._fetch(address)
        if keys is None:
            # An app that is away for a moment keeps the keys that it had.
            keys = () if kept is None else kept.keys
        self._kept[address] = _Kept(keys, self._clock.monotonic())
        self._kept.move_to_end(address)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return keys

    async def _fetch(self, address: str) -> tuple[dict[str, Any], ...] | None:
        try:
            answer = await self._outbound.fetch("GET", address, [("Accept", "application/json")], max_body=MOST_BYTES)
            if answer.status == 200 and not answer.truncated:
                return msgspec.json.decode(answer.body, type=_Document).keys[:MOST_KEYS]
            cause = "too_large" if answer.status == 200 else f"status {answer.status}"
        except OutboundFailed as failure:
            # Its text may quote what the server said, which is nothing for our logs.
            cause = failure.reason
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            cause = "not_readable"
        logger.warning("client.keys_not_had", address=address, error=cause)
        return None
