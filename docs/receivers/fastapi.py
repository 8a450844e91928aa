# ruff: noqa: ANN001, INP001, PLC0415
"""A webhook receiver for FastAPI. `verify` is all there is to it and needs nothing but Python's standard library."""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping

WINDOW_SECONDS = 300


class Refused(Exception):
    """Answer 401: it is not from the platform, or not of now."""


def verify(
    body: bytes,
    headers: Mapping[str, str],
    webhook_secret: str,
    key_for: Callable[[str], str | None],
    now: float | None = None,
) -> dict:
    """The event, once its signature holds. `key_for` gives the signing key of a kid, refetching the list on a miss."""
    given = headers.get("x-logi-signature", "")
    if given.startswith("sha256="):
        timestamp, secret, mac = headers.get("x-logi-timestamp", ""), webhook_secret, given.removeprefix("sha256=")
    elif given.startswith("t=") or "," in given:
        fields: dict[str, str] = {}
        for part in given.split(","):
            name, _, value = part.partition("=")
            if name.strip() in fields and name.strip() in {"t", "kid", "v1"}:
                raise Refused("a field is there twice")
            fields[name.strip()] = value.strip()
        timestamp, mac = fields.get("t", ""), fields.get("v1", "")
        secret = key_for(fields.get("kid", "")) or ""
    else:
        raise Refused("no signature")
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise Refused("no time")
    if abs((time.time() if now is None else now) - int(timestamp)) > WINDOW_SECONDS:
        raise Refused("not of now")
    if not secret:
        raise Refused("unknown key")
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), mac.encode()):
        raise Refused("wrong signature")
    return json.loads(body)


def mount(
    app, seen: Callable[[str], bool], apply: Callable[[dict], None], key_for: Callable[[str], str | None]
) -> None:
    """`seen` remembers an event id and says whether it was there; do that in the transaction of `apply`."""
    from fastapi import Request, Response

    @app.post("/webhooks/logi")
    async def webhook(request: Request) -> Response:
        try:
            event = verify(await request.body(), request.headers, os.environ["LOGI_WEBHOOK_SECRET"], key_for)
        except Refused:
            return Response(status_code=401)
        if not seen(event["event_id"]):
            apply(event)
        return Response(status_code=204)
