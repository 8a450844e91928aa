"""Events keep their bytes, their names and their published descriptions."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import msgspec
import pytest

from contracts import events
from contracts.events import Event, PublicEvent, Unknown, schemas
from contracts.ids import new_event_id

NOW = datetime(2026, 5, 11, 12, 34, 56, tzinfo=UTC)


class Cup(msgspec.Struct, frozen=True):
    """What is filled."""

    id: int
    version: int


class CupEvent(Event, frozen=True, kw_only=True):
    """A base without a tag is no event."""

    cup: Cup


class CupFilled(CupEvent, frozen=True, kw_only=True, tag="test.cup.filled"):
    """A cup was filled."""


class CupEmptied(PublicEvent, frozen=True, kw_only=True, tag="test.cup.emptied"):
    """Somebody drank."""


def a_cup_filled() -> CupFilled:
    return CupFilled(event_id=new_event_id(NOW), occurred_at=NOW, cup=Cup(1, 2))


def test_an_event_comes_back() -> None:
    """What was encoded is decoded to an equal event of the same class."""
    event = a_cup_filled()
    assert event == events.decode(events.encode(event))


def test_the_wire_form() -> None:
    """The tag is the type, times are RFC 3339 in UTC, and the id is a ULID with a prefix."""
    found = msgspec.json.decode(events.encode(a_cup_filled()))
    assert "test.cup.filled" == found["type"]
    assert "2026-05-11T12:34:56Z" == found["occurred_at"]
    assert {"id": 1, "version": 2} == found["cup"]
    assert ("evt_", 30) == (found["event_id"][:4], len(found["event_id"]))


def test_an_unknown_tag_is_no_error() -> None:
    """An event of a later release is told as such, byte for byte."""
    payload = b'{"type": "test.cup.dreamt", "of": "tea"}'
    assert Unknown("test.cup.dreamt", payload) == events.decode(payload)


def test_a_later_field_is_passed_over() -> None:
    """A known event that a later release gave one more field is still read."""
    payload = events.encode(a_cup_filled())[:-1] + b',"saucer":true}'
    assert isinstance(events.decode(payload), CupFilled)


def test_a_wrong_record_is_an_error() -> None:
    """A known tag with a record that is not its own does not pass for an event."""
    with pytest.raises(msgspec.ValidationError):
        events.decode(b'{"type": "test.cup.filled", "cup": 1}')


def test_known_lists_events_and_no_bases() -> None:
    """The registry holds every class with a tag, and only those."""
    known = events.known()
    assert CupFilled is known["test.cup.filled"]
    assert CupEvent not in known.values()


def test_one_tag_has_one_class() -> None:
    """Two classes that claim one tag are found out."""

    def claim() -> type[Event]:
        class Second(Event, frozen=True, kw_only=True, tag="test.cup.filled"):
            pass

        return Second

    second = claim()
    with pytest.raises(events.TagTaken):
        events.known()
    # Classes are weakly known to their base; the next tests must not meet this one.
    del second
    gc.collect()
    events.known()


def test_the_schema_takes_the_event() -> None:
    """An event as encoded is valid under its published schema, and another one is not."""
    schema = schemas.json_schema(CupFilled)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    event: Any = msgspec.json.decode(events.encode(a_cup_filled()))
    assert [] == list(validator.iter_errors(event))
    assert [] != list(validator.iter_errors({**event, "type": "test.cup.emptied"}))
    assert ("test.cup.filled", "A cup was filled.", False) == (
        schema["title"],
        schema["description"],
        schema["x-public"],
    )
    assert schemas.json_schema(CupEmptied)["x-public"]


def test_asyncapi_names_every_event() -> None:
    """The document has a channel, an operation and a message for each tag, and its references lead somewhere."""
    document = schemas.asyncapi("logi", "1")
    tags = set(events.known())
    assert tags == set(document["channels"]) == set(document["components"]["messages"])
    assert {f"send.{tag}" for tag in tags} == set(document["operations"])
    assert "event.test.cup.filled" == document["channels"]["test.cup.filled"]["address"]
    for reference in _references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found
    payload = document["components"]["messages"]["test.cup.filled"]["payload"]["$ref"].rsplit("/", 1)[1]
    assert "test.cup.filled" == document["components"]["schemas"][payload]["title"]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for below in part.values():
            yield from _references(below)
    elif isinstance(part, list):
        for below in part:
            yield from _references(below)
