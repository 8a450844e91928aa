"""Managing streams: made, changed, ended, paused; each belongs to one client, which may have several."""

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from chassis.outbound import Outbound, OutboundFailed
from chassis.postgres import Tx, nudge_on_commit
from chassis.problems import InvalidRequest, NotFound, Problem
from services.delivery.audit import store as audit
from services.delivery.audit.store import Line
from services.delivery.caller import Actor
from services.delivery.ground import QUEUE, Ground
from services.delivery.ssf import mapping, store
from services.delivery.ssf.store import Status, Stream

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
MOST, MOST_NOTES, MOST_REMOVED = 10, 100, 10_000
_HEADER_VALUE = re.compile(r"[!-~]([ -~]{0,4094}[!-~])?")
"""What may stand in a header: one line, printable, ASCII (RFC 9110 section 5.5)."""

RECEIVER = Actor(via="access_token")


class TooManyStreams(Problem):
    status, code = 409, "too_many_streams"
    default_detail = "At most ten streams for each receiver."


class TooManySubjects(Problem):
    status, code = 409, "too_many_subjects"
    default_detail = "At most 10,000 subjects can be removed from a stream."


class RateLimited(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Verification events of this stream wait to be taken."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A stream's configuration as its receiver writes it."""

    method: str = POLL
    endpoint_url: str | None = None
    authorization: str | None = None
    events_requested: list[str] | None = None
    description: str | None = None


async def create(ground: Ground, outbound: Outbound | None, client_id: str, wanted: Wanted) -> Stream:
    """Raises InvalidRequest for a URL that may not be pushed to, TooManyStreams."""
    stream = await _configured(
        ground, outbound, Stream(id=f"ssf_{secrets.token_hex(12)}", client_id=client_id, **_BLANK), wanted
    )
    async with ground.db.transaction() as tx:
        await store.take_turn(tx, client_id)
        if len(await store.of_client(tx, client_id)) >= MOST:
            raise TooManyStreams
        await store.insert(tx, stream, ground.clock.now())
        line = Line(actor=RECEIVER, action="ssf_stream.created", client_id=client_id, subject=stream.id)
        await audit.write(tx, line, ground.clock.now())
    return stream


async def change(ground: Ground, outbound: Outbound | None, client_id: str, id: str, wanted: Wanted) -> Stream:  # noqa: A002
    """The configuration as it is wanted now. Raises NotFound and InvalidRequest."""
    stream = await _configured(ground, outbound, await of(ground, client_id, id), wanted)
    await _save(ground, stream, store.save)
    return stream


async def set_status(ground: Ground, client_id: str, id: str, status: Status, reason: str | None) -> Stream:  # noqa: A002
    found = await of(ground, client_id, id)
    stream = msgspec.structs.replace(found, status=status, status_reason=reason)
    await _save(ground, stream, store.set_status)
    return stream


async def delete(ground: Ground, client_id: str, id: str) -> None:  # noqa: A002
    stream = await of(ground, client_id, id)
    async with ground.db.transaction() as tx:
        await store.remove(tx, stream.id)
        line = Line(actor=RECEIVER, action="ssf_stream.deleted", client_id=client_id, subject=stream.id)
        await audit.write(tx, line, ground.clock.now())


async def verify(ground: Ground, client_id: str, id: str, state: str | None) -> None:  # noqa: A002
    """Queues a verification event, with the receiver's state in it (SSF 1.0 section 8.1.4).

    Raises NotFound, and RateLimited where the receiver does not take those that wait.
    """
    stream = await of(ground, client_id, id)
    told = {mapping.VERIFICATION: {} if state is None else {"state": state}}
    async with ground.db.transaction() as tx:
        if await store.count_notes(tx, stream.id) >= MOST_NOTES:
            raise RateLimited(headers={"retry-after": "60"})
        await store.note(tx, stream.id, f"ver_{secrets.token_hex(13)}", told, ground.clock.now())
        nudge_on_commit(QUEUE)


async def of(ground: Ground, client_id: str, id: str) -> Stream:  # noqa: A002
    """Raises NotFound, for another receiver's stream too."""
    found = await store.one(ground.db, client_id, id)
    if found is None:
        raise NotFound
    return found


_BLANK: dict[str, Any] = {
    "method": "poll",
    "endpoint_url": None,
    "sealed_authorization": None,
    "events_requested": [],
}


async def _configured(ground: Ground, outbound: Outbound | None, stream: Stream, wanted: Wanted) -> Stream:
    if wanted.method not in {PUSH, POLL}:
        raise InvalidRequest(f"`delivery.method` is {PUSH} or {POLL}.")
    if wanted.method == PUSH:
        if wanted.endpoint_url is None:
            raise InvalidRequest("A push stream needs `delivery.endpoint_url`.")
        if outbound is not None:
            try:
                await outbound.judge(wanted.endpoint_url)
            except OutboundFailed as failure:
                raise InvalidRequest("This `endpoint_url` may not be pushed to.", reason=failure.reason) from failure
    if wanted.authorization is not None and not _HEADER_VALUE.fullmatch(wanted.authorization):
        raise InvalidRequest("`delivery.authorization_header` is not the value of a header.")
    requested = wanted.events_requested if wanted.events_requested is not None else mapping.SUPPORTED
    authorization = wanted.authorization
    return msgspec.structs.replace(
        stream,
        method="push" if wanted.method == PUSH else "poll",
        endpoint_url=wanted.endpoint_url if wanted.method == PUSH else None,
        sealed_authorization=None if authorization is None else ground.vault.seal(authorization.encode(), stream.id),
        events_requested=list(requested),
        description=wanted.description,
    )


async def _save(ground: Ground, stream: Stream, save: Callable[[Tx, Stream, datetime], Awaitable[None]]) -> None:
    async with ground.db.transaction() as tx:
        await save(tx, stream, ground.clock.now())
        line = Line(
            actor=RECEIVER,
            action="ssf_stream.changed",
            client_id=stream.client_id,
            subject=stream.id,
            detail={"status": stream.status},
        )
        await audit.write(tx, line, ground.clock.now())
        nudge_on_commit(QUEUE)
