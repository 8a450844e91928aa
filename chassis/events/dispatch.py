"""Calls the handler of an event's tag, within the trace and the request that caused the event."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chassis import log, metrics, trace, work
from chassis.events.frames import Sent
from chassis.postgres import Tx

_effect = metrics.histogram("events.effect", "s", "From an event's announcement to the end of its handler.")

Apply = Callable[[Tx, Any], Awaitable[None]]


class Dispatch:
    """Which handler takes which tag; a tag that nobody takes is passed over."""

    def __init__(self, producer: str) -> None:
        self._producer = producer
        self._known: dict[str, tuple[msgspec.json.Decoder[Any], Apply]] = {}

    def add(self, kind: type[msgspec.Struct], apply: Apply) -> None:
        tag = str(kind.__struct_config__.tag)
        if tag in self._known:
            raise ValueError(f"two handlers for {tag}")
        self._known[tag] = (msgspec.json.Decoder(kind), apply)

    async def __call__(self, tx: Tx, sent: Sent) -> None:
        """One event, in the trace and under the request id of the change that it tells of."""
        known = self._known.get(sent.tag)
        if known is None:
            return
        decoder, apply = known
        before = log.request_id.set(sent.request_id)
        try:
            with (
                trace.arriving(sent.traceparent),
                work.unit("event.applied", kind="consumer", labels={"tag": sent.tag}) as unit,
            ):
                unit.note(origin=sent.origin, position=sent.position)
                await apply(tx, decoder.decode(sent.payload))
        finally:
            log.request_id.reset(before)
        _effect.record(max(0.0, time.time() - sent.announced_at), {"producer": self._producer})
