"""What services tell each other: one class per event, whose tag is wire type, subject, log name and schema name.

An event carries the whole record and its version, so that applying it is an upsert that takes only newer versions.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

import msgspec

from contracts.ids import EventId


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done, told after it was: `class ApplicationRegistered(Event, tag="registry.application…")`.

    A tag reads owner, thing, past participle. `occurred_at` is aware, in UTC.
    """

    event_id: EventId
    occurred_at: datetime


class PublicEvent(Event, frozen=True, kw_only=True):
    """An event that relying parties may receive: those of `client_ids`, under the name `public_type`."""

    public_type: ClassVar[str]
    signal: ClassVar[bool] = False
    """True for what only streams of Shared Signals carry: no webhook and no poll tells it."""

    client_ids: tuple[str, ...]

    def data(self) -> dict[str, object]:
        """The member `data` of the body: thin, without names, addresses or tokens (delivery.md 4.7)."""
        raise NotImplementedError(f"{type(self).__name__} does not say what relying parties hear of it")

    def data_for(self, client_id: str) -> dict[str, object]:  # noqa: ARG002 - most events say the same to all
        """`data` as one application hears it."""
        return self.data()


class Unknown(msgspec.Struct, frozen=True):
    """An event of a kind that this release does not know; `payload` is what came, byte for byte."""

    tag: str
    payload: bytes


class TagTaken(Exception):
    """Two event classes claim one tag."""


class _Envelope(msgspec.Struct):
    type: str


_envelope = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()


def tag_of(kind: type[Event]) -> str:
    return str(kind.__struct_config__.tag)


def known() -> dict[str, type[Event]]:
    """Every event class that has been imported, by tag. Raises TagTaken."""
    found: dict[str, type[Event]] = {}
    for kind in _concrete(Event):
        if found.setdefault(tag_of(kind), kind) is not kind:
            raise TagTaken(f"{kind.__qualname__} and {found[tag_of(kind)].__qualname__} share {tag_of(kind)}")
    return dict(sorted(found.items()))


def _concrete(kind: type[Event]) -> Iterator[type[Event]]:
    """Only a class with a tag is an event; the others are bases."""
    for below in kind.__subclasses__():
        if below.__struct_config__.tag is not None:
            yield below
        yield from _concrete(below)


def encode(event: Event) -> bytes:
    """JSON; these bytes are what is stored and sent, and nobody writes them anew."""
    return _encoder.encode(event)


def decode(payload: bytes) -> Event | Unknown:
    """Raises msgspec.ValidationError for a known tag with a wrong record, msgspec.DecodeError for what is no event."""
    tag = _envelope.decode(payload).type
    kind = known().get(tag)
    return Unknown(tag, payload) if kind is None else msgspec.json.decode(payload, type=kind)
