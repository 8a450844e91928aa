"""The request body: refused by its announced length before a byte is read, then by what has come."""

import asyncio
from typing import Any

from gateway.refusals import BodyTooSlow, ContentTooLarge

BODY_SECONDS = 30.0
"""A body may take this long; the larger ones, of 12 MiB, ask for 3.4 Mbit/s."""

_CLOSE = {"connection": "close"}
"""What was not read would be taken for the next request: the connection ends with the refusal."""


class ClientGone(Exception):
    """Nobody is there to be answered."""


async def read(receive: Any, length: bytes | None, chunked: bool, limit: int, *, whole: bool = False) -> bytes:
    """The whole body. Raises ContentTooLarge, BodyTooSlow, ClientGone.

    `length` is Content-Length as it came; the parser lets neither two of it nor one beside a chunked body pass. `whole`
    says that all of it has come already: nothing is waited for, so no clock is needed.
    """
    if length is None and not chunked:
        return b""
    if length is not None:
        if int(length) > limit:
            raise ContentTooLarge(headers=_CLOSE)
        if length == b"0":
            return b""
    if whole:
        return await _gather(receive, limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _gather(receive, limit)
    except TimeoutError as error:
        raise BodyTooSlow(headers=_CLOSE) from error


async def _gather(receive: Any, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        size += len(message["body"])
        if size > limit:
            raise ContentTooLarge(headers=_CLOSE)
        if not message["more_body"]:
            return message["body"] if not parts else b"".join([*parts, message["body"]])
        parts.append(message["body"])
