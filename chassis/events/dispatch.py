"""Calls the handler of an event's tag, within the trace and the request that caused the event."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from chassis import log, metrics, trace, work
from chassis.events.frames import Sent
from chassis.postgres import Tx

_effect = metrics.histogram("events.effect", "s", "From an event's announcement to the end of its handler.")

Apply = Callable[[Tx, Any], Awaitable[None]]


class Heard(NamedTuple):
    """An event in a batch, and the trace that it belongs to."""

    event: Any
    traceparent: str | None


ApplyAll = Callable[[Tx, Sequence[Heard]], Awaitable[None]]


class Dispatch:
    """Which handler takes which tag; a tag that nobody takes is passed over."""

    def __init__(self, producer: str) -> None:
        self._producer = producer
        self._known: dict[str, tuple[msgspec.json.Decoder[Any], Apply]] = {}
        self._together: dict[str, tuple[msgspec.json.Decoder[Any], ApplyAll]] = {}

    def add(self, kind: type[msgspec.Struct], apply: Apply) -> None:
        self._known[self._free(kind)] = (msgspec.json.Decoder(kind), apply)

    def add_together(self, kinds: Iterable[type[msgspec.Struct]], apply: ApplyAll) -> None:
        """Events of these kinds that follow one another go to `apply` in one call."""
        for kind in kinds:
            self._together[self._free(kind)] = (msgspec.json.Decoder(kind), apply)

    async def run(self, tx: Tx, events: Sequence[Sent]) -> None:
        """Consecutive events, in their order; those that may be taken together are."""
        for apply, group in groupby(events, key=self._taker):
            if apply is None:
                for sent in group:
                    await self(tx, sent)
            else:
                await self._all(tx, apply, list(group))

    async def __call__(self, tx: Tx, sent: Sent) -> None:
        """One event, in the trace and under the request id of the change that it tells of."""
        if (together := self._taker(sent)) is not None:
            await self._all(tx, together, [sent])
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

    async def _all(self, tx: Tx, apply: ApplyAll, events: Sequence[Sent]) -> None:
        """One unit of work for all of them; each has a span of its own in its own trace."""
        with work.unit("events.applied", kind="consumer", labels={"producer": self._producer}) as unit:
            unit.note(first=events[0].position, last=events[-1].position)
            await apply(tx, [self._heard(sent) for sent in events])
        now = time.time()
        for sent in events:
            _effect.record(max(0.0, now - sent.announced_at), {"producer": self._producer})

    def _heard(self, sent: Sent) -> Heard:
        with trace.arriving(sent.traceparent), trace.span("event.applied", kind="consumer"):
            return Heard(self._together[sent.tag][0].decode(sent.payload), trace.traceparent())

    def _taker(self, sent: Sent) -> ApplyAll | None:
        found = self._together.get(sent.tag)
        return None if found is None else found[1]

    def _free(self, kind: type[msgspec.Struct]) -> str:
        tag = str(kind.__struct_config__.tag)
        if tag in self._known or tag in self._together:
            raise ValueError(f"two handlers for {tag}")
        return tag
