"""The process as it is built: reached over NATS, ready, traced, and gone when it ends."""

import base64

import msgspec
from nats.aio.client import Client
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import trace
from chassis.life import House
from chassis.settings import Secret
from chassis.wire.call import Caller
from contracts import principal
from services.verifier import app
from services.verifier.perspectives.look import Look
from services.verifier.settings import Settings
from tests.chassis.outbound.hostile import answering
from tests.chassis.wire.builders import a_request
from tests.verifier.builders import Registrar, a_developer, a_host
from tests.verifier.rp import Party, echoing
from tests.verifier.world import World, challenge

KEK = "v1:" + base64.b64encode(bytes(32)).decode()
PARENT = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"


async def test_a_request_reaches_a_built_verifier(
    world: World, registrar: Registrar, postgres_url: str, nats: Client, nats_url: str
) -> None:
    """What the settings allow is what is probed with, and the process is ready as soon as it serves."""
    settings = Settings(
        issuer="http://localhost:8000",
        environment="local",
        nats_url=nats_url,
        health_port=0,
        postgres_url=Secret(postgres_url),
        key_encryption_keys=Secret(KEK),
        secret_key_base=Secret("test_secret_key_base"),
        outbound_nameservers=(world.zone.address,),
    )
    me, host = a_developer(), a_host()
    known = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(known.id, uri))
    house = House(app.NAME, settings)
    try:
        await app.build(house)
        house.begin()
        assert {} == await house.missing()
        async with Caller(nats) as caller:
            request = a_request(
                "POST",
                f"/api/v1/applications/{known.id}/verify_redirect_uri",
                body=msgspec.json.encode({"uri": uri}),
                principal=principal.encode(me),
            )
            reply = await caller.exchange(app.NAME, "probe", request)
    finally:
        await house.end()
    assert (200, {"verified": True, "method": "dns"}) == (reply.status, msgspec.json.decode(reply.body))


async def test_a_probe_is_a_trace(world: World, registrar: Registrar) -> None:
    """Each step of an attempt is a span of the caller's trace that says what came of it."""
    me, host = a_developer(), a_host()
    known = registrar.has(me, uri := f"https://{host}/cb")
    exporter = InMemorySpanExporter()
    trace.configure("test", ratio=1, endpoint=None, processor=SimpleSpanProcessor(exporter))
    try:
        with trace.arriving(PARENT):
            await world.verify(me, known.id, uri)
    finally:
        trace.configure("test", ratio=0, endpoint=None)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    looked = spans["verify.look"]
    assert looked.context is not None
    assert looked.parent is not None
    assert spans["redirect_uri.checked"].context is not None
    assert spans["redirect_uri.checked"].context.span_id == looked.parent.span_id
    for name, outcome in (("verify.dns", "dns_nxdomain"), ("verify.well_known", "host_unresolvable")):
        span = spans[name]
        assert span.parent is not None
        assert looked.context.span_id == span.parent.span_id
        assert outcome == dict(span.attributes or {})["verify.outcome"]
    assert {int("1" * 32, 16)} == {span.context.trace_id for span in spans.values() if span.context}


async def test_a_probe_says_where_its_time_went(world: World) -> None:
    """The call of a proof and that of a health check tell resolve, dial, TLS and first byte, each in its own span."""
    party = await Party(world, echoing()).begin()
    exporter = InMemorySpanExporter()
    trace.configure("test", ratio=1, endpoint=None, processor=SimpleSpanProcessor(exporter))
    try:
        with trace.arriving(PARENT):
            await party.probed()
            server = await world.server(answering(b"x"), host := a_host())
            await world.outlook().look(Look(host=host, challenges=("ab",)))
    finally:
        trace.configure("test", ratio=0, endpoint=None)
    assert 1 == server.connections
    spans = exporter.get_finished_spans()
    by_id = {span.context.span_id: span.name for span in spans if span.context}
    calls = [span for span in spans if span.name == "outbound.request"]
    assert {"health.ask", "verify.well_known"} == {by_id[span.parent.span_id] for span in calls if span.parent}
    for span in calls:
        steps = {f"outbound.{step}_seconds" for step in ("resolve", "dial", "tls", "first_byte")}
        assert steps <= set(span.attributes or {})
