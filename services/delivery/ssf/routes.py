"""`/ssf*`: stream management, status, subjects, verification and polling (OpenID SSF 1.0, RFC 8936)."""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.params import FromPath, JSONBody, QueryParameter

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.wire import asgi
from services.delivery.caller import receiver
from services.delivery.ground import Ground
from services.delivery.polling.wake import Wake
from services.delivery.ssf import representation, store, streams, transmit
from services.delivery.ssf.doors import Doors
from services.delivery.ssf.representation import (
    Configuration,
    PollBody,
    StatusBody,
    StatusView,
    StreamBody,
    StreamView,
    SubjectBody,
    VerifyBody,
)
from services.delivery.ssf.transmit import Polled

CALLERS = ("client", "access_token")
MANAGE, READ = "ssf.manage", "ssf.read"
"""Scopes of the resource `<issuer>/ssf` (CAEP interoperability profile, section 2.7.3)."""

StreamId = Annotated[str, QueryParameter(name="stream_id")]
AnyStream = Annotated[str | None, QueryParameter(name="stream_id")]


class Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


@web.get("/.well-known/ssf-configuration", credentials=("none",), rate="public", cached=True)
async def show_ssf_configuration(doors: Given[Doors]) -> Response[Configuration]:
    """Transmitter metadata (SSF 1.0 section 7)."""
    return Response(representation.configuration(doors.signer.issuer), headers={"cache-control": "public, max-age=300"})


@web.get("/ssf/jwks.json", credentials=("none",), rate="public", cached=True)
async def list_ssf_keys(doors: Given[Doors], ground: Given[Ground]) -> Response[Keys]:
    """The public keys of security event tokens; a new one is listed a day before it signs."""
    keys = Keys(await doors.signer.ring.published(ground.clock.now()))
    return Response(keys, headers={"cache-control": "public, max-age=300"})


@web.post("/ssf/streams", credentials=CALLERS, rate="streams", status_code=201)
async def create_stream(
    request: Request[Any, Any, Any], data: JSONBody[StreamBody], ground: Given[Ground], doors: Given[Doors]
) -> StreamView:
    """A stream of this receiver's own events, from now on.

    400 for an endpoint that may not be pushed to; 409 `too_many_streams`.
    """
    client_id = receiver(request, doors.signer.issuer, MANAGE)
    stream = await streams.create(ground, doors.outbound, client_id, representation.wanted(data))
    return representation.stream(stream, doors.signer.issuer)


@web.get("/ssf/streams", credentials=CALLERS, rate="streams")
async def read_streams(
    request: Request[Any, Any, Any], ground: Given[Ground], doors: Given[Doors], stream_id: AnyStream = None
) -> StreamView | list[StreamView]:
    """One stream, or all of this receiver."""
    client_id = receiver(request, doors.signer.issuer, READ, MANAGE)
    if stream_id is not None:
        return representation.stream(await streams.of(ground, client_id, stream_id), doors.signer.issuer)
    found = await store.of_client(ground.db, client_id)
    return [representation.stream(each, doors.signer.issuer) for each in found]


@web.patch("/ssf/streams", credentials=CALLERS, rate="streams")
async def change_stream(
    request: Request[Any, Any, Any], data: JSONBody[StreamBody], ground: Given[Ground], doors: Given[Doors]
) -> StreamView:
    """Changes what is given and leaves the rest."""
    client_id = receiver(request, doors.signer.issuer, MANAGE)
    found = await streams.of(ground, client_id, data.stream_id or "")
    wanted = representation.patched(ground, found, data)
    changed = await streams.change(ground, doors.outbound, client_id, found.id, wanted)
    return representation.stream(changed, doors.signer.issuer)


@web.put("/ssf/streams", credentials=CALLERS, rate="streams")
async def replace_stream(
    request: Request[Any, Any, Any], data: JSONBody[StreamBody], ground: Given[Ground], doors: Given[Doors]
) -> StreamView:
    """The configuration as a whole; what is not given is as in a new stream."""
    client_id = receiver(request, doors.signer.issuer, MANAGE)
    wanted = representation.wanted(data)
    changed = await streams.change(ground, doors.outbound, client_id, data.stream_id or "", wanted)
    return representation.stream(changed, doors.signer.issuer)


@web.delete("/ssf/streams", credentials=CALLERS, rate="streams", status_code=204)
async def delete_stream(
    request: Request[Any, Any, Any], ground: Given[Ground], doors: Given[Doors], stream_id: StreamId
) -> None:
    """Ends a stream; what it was not told yet it never hears."""
    await streams.delete(ground, receiver(request, doors.signer.issuer, MANAGE), stream_id)


@web.get("/ssf/status", credentials=CALLERS, rate="streams")
async def read_stream_status(
    request: Request[Any, Any, Any], ground: Given[Ground], doors: Given[Doors], stream_id: StreamId
) -> StatusView:
    """`enabled`, `paused` (events wait) or `disabled` (events are not kept for it)."""
    found = await streams.of(ground, receiver(request, doors.signer.issuer, READ, MANAGE), stream_id)
    return StatusView(found.id, found.status, found.status_reason)


@web.post("/ssf/status", credentials=CALLERS, rate="streams")
async def change_stream_status(
    request: Request[Any, Any, Any], data: JSONBody[StatusBody], ground: Given[Ground], doors: Given[Doors]
) -> StatusView:
    """Pauses, disables or enables a stream."""
    client_id = receiver(request, doors.signer.issuer, MANAGE)
    found = await streams.set_status(ground, client_id, data.stream_id, data.status, data.reason)
    return StatusView(found.id, found.status, found.status_reason)


@web.post("/ssf/subjects/add", credentials=CALLERS, rate="streams", media_type=MediaType.TEXT)
async def add_stream_subject(
    request: Request[Any, Any, Any], data: JSONBody[SubjectBody], ground: Given[Ground], doors: Given[Doors]
) -> None:
    """Events of this subject are sent; all are, unless they were removed. The answer is empty."""
    await _subject(request, data, ground, doors, added=True)


@web.post("/ssf/subjects/remove", credentials=CALLERS, rate="streams", status_code=204)
async def remove_stream_subject(
    request: Request[Any, Any, Any], data: JSONBody[SubjectBody], ground: Given[Ground], doors: Given[Doors]
) -> None:
    """Events of this subject are not sent any more. 409 `too_many_subjects` for more than 10,000 of a stream."""
    await _subject(request, data, ground, doors, added=False)


@web.post("/ssf/verify", credentials=CALLERS, rate="streams", status_code=204)
async def verify_stream(
    request: Request[Any, Any, Any], data: JSONBody[VerifyBody], ground: Given[Ground], doors: Given[Doors]
) -> None:
    """Sends a verification event over the stream, with the `state` that was given."""
    await streams.verify(ground, receiver(request, doors.signer.issuer, MANAGE), data.stream_id, data.state)


@web.post("/ssf/streams/{stream_id:str}/poll", credentials=CALLERS, rate="streams", pool="poll", timeout_ms=40_000)
async def poll_stream(
    request: Request[Any, Any, Any],
    stream_id: FromPath[str],
    data: JSONBody[PollBody],
    ground: Given[Ground],
    doors: Given[Doors],
    wake: Given[Wake],
) -> Response[Polled]:
    """Acknowledges, and answers tokens; with `returnImmediately` false it waits half a minute for the first."""
    found = await streams.of(ground, receiver(request, doors.signer.issuer, READ, MANAGE), stream_id)
    if found.method != "poll":
        raise InvalidRequest("This stream is pushed, not polled.")
    if data.max_events < 0:
        raise InvalidRequest("`maxEvents` is 0 or more.")
    transmit.sent.add(len(data.set_errs), {"method": "poll", "result": "refused"})
    acknowledged = [*data.ack, *data.set_errs]
    waiting = None if data.return_immediately else wake.until(asgi.exchange(request.scope).ending)
    polled = await transmit.poll(ground, doors.signer, found, acknowledged, data.max_events, waiting)
    return Response(polled, headers={"cache-control": "no-store"})


ROUTES = [
    show_ssf_configuration,
    list_ssf_keys,
    create_stream,
    read_streams,
    change_stream,
    replace_stream,
    delete_stream,
    read_stream_status,
    change_stream_status,
    add_stream_subject,
    remove_stream_subject,
    verify_stream,
    poll_stream,
]


async def _subject(
    request: Request[Any, Any, Any], data: SubjectBody, ground: Ground, doors: Doors, *, added: bool
) -> None:
    found = await streams.of(ground, receiver(request, doors.signer.issuer, MANAGE), data.stream_id)
    sub = representation.sub_of(data.subject, doors.signer.issuer)
    async with ground.db.transaction() as tx:
        if added:
            await store.include(tx, found.id, sub)
        elif not await store.exclude(tx, found.id, sub, streams.MOST_REMOVED):
            raise streams.TooManySubjects
