"""The event catalogue, and the golden bodies that receivers were written against."""

import json
from pathlib import Path

import httpx
import jsonschema
import msgspec
import pytest

from contracts import events
from contracts.events import public
from contracts.events.catalogue import PUBLIC
from gateway import openapi
from services.delivery.ground import Ground
from services.delivery.signing import canonical
from tests.delivery.builders import accepted, an_application, known

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("event_type", PUBLIC)
def test_examples_obey_their_schemas(event_type: str) -> None:
    """What is published as an example is what the schema describes, and the schema is one."""
    schema = public.schema(event_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(public.example(event_type))


@pytest.mark.parametrize("event_type", PUBLIC)
def test_golden_bodies(event_type: str) -> None:
    """A released type keeps its body, byte for byte in canonical form."""
    wanted = (GOLDEN / f"{event_type}.json").read_bytes().rstrip(b"\n")
    assert wanted == canonical.encode(public.example(event_type))


@pytest.mark.parametrize("event_type", PUBLIC)
def test_golden_events(event_type: str) -> None:
    """What auth and delivery announced in an earlier release is still decoded to the same event."""
    assert public.EXAMPLES[event_type] == events.decode((GOLDEN / f"{event_type}.event.json").read_bytes())


@pytest.mark.parametrize("event_type", sorted(set(PUBLIC) - {"webhook.test"}))
async def test_the_body_on_the_log_obeys_the_schema(ground: Ground, event_type: str) -> None:
    """What fan-out writes for an event of this type is what the catalogue says."""
    app = an_application()
    await known(ground, app)
    example = public.EXAMPLES[event_type]
    changes: dict[str, object] = {"client_ids": (app.client_id,)}
    if event_type == "user.merged":
        changes["idempotency_keys"] = {app.client_id: "0" * 64}
    await accepted(ground, msgspec.structs.replace(example, **changes))
    body = await ground.db.fetchval("select raw_payload from event_log where client_id = $1", app.client_id)
    jsonschema.Draft202012Validator(public.schema(event_type)).validate(json.loads(body))


async def test_the_catalogue_is_served(http: httpx.AsyncClient) -> None:
    """Every type with schema and example, for anybody, and cacheable."""
    answer = await http.get("/api/v1/events/catalogue")
    assert (200, "public, max-age=300") == (answer.status_code, answer.headers["cache-control"])
    listed = {entry["event_type"]: entry for entry in answer.json()["event_types"]}
    assert set(PUBLIC) == set(listed)
    assert "older" == listed["user.deleted"]["signature_form"]
    assert not listed["webhook.test"]["polled"]


def test_the_platforms_document_has_webhooks() -> None:
    """The merged OpenAPI document describes what is sent as well as what is heard."""
    documents = openapi.read(Path(__file__).parents[2] / "services")
    assert set(PUBLIC) == set(openapi.merged({"delivery": documents["delivery"]}, "http://localhost")["webhooks"])
