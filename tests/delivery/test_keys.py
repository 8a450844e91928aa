"""The life of signing keys (delivery.md 9, checklist 9 and 10)."""

import asyncio
import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chassis.clock import FrozenClock
from chassis.outbound import Outbound
from chassis.problems import NotFound
from chassis.settings import Secret
from contracts.applications import Application
from services.delivery.caller import OPERATOR
from services.delivery.ground import Ground
from services.delivery.keys import rotate
from services.delivery.keys.ring import Ring
from services.delivery.signing import sign
from tests.delivery.builders import (
    a_client,
    a_person,
    a_row,
    accepted,
    an_application,
    an_event,
    audited,
    dispatching,
    known,
    until,
)
from tests.delivery.receiver import Came, Receiver
from tests.delivery.registrar import Registrar
from tests.gateless import as_caller


async def an_app(ground: Ground, **changes: Any) -> Application:
    """With the current form for all its events; its address answers nobody unless it is given."""
    given = {"webhook_url": "http://127.0.0.1:9/", "webhook_legacy_signature": False}
    app = an_application(**{**given, **changes})
    await known(ground, app)
    return app


async def listed(http: httpx.AsyncClient, app: Application) -> dict[str, dict[str, Any]]:
    answer = await http.get("/api/v1/webhook_signing_keys", headers=as_caller(a_client(app)))
    return {key["kid"]: key for key in answer.json()["keys"]}


def holds(came: Came, secret: str) -> bool:
    """Whether the current form verifies with this secret, as a receiver computes it."""
    given = dict(part.split("=", 1) for part in came.headers["x-logi-signature"].split(","))
    return hmac.compare_digest(hmac.new(secret.encode(), came.body, hashlib.sha256).hexdigest(), given["v1"])


async def forget(ground: Ground, app: Application) -> None:
    await ground.db.execute("update webhook_outbox set skipped_at = now() where client_id = $1", app.client_id)


async def test_checklist_9_rotation(ground: Ground, http: httpx.AsyncClient) -> None:
    """Inside the grace waiting rows keep their old kid, listed; after it nothing carries it any more."""
    app = await an_app(ground)
    (old,) = await listed(http, app)
    before, after = an_event(app.client_id), an_event(app.client_id)
    await accepted(ground, before)
    new = await rotate.signing_key(ground, OPERATOR, app.client_id)
    await accepted(ground, after)
    assert [old, new.kid] == [(await a_row(ground, event.event_id))["kid"] for event in (before, after)]
    keys = await listed(http, app)
    assert {old: "verify_only", new.kid: "signing"} == {kid: key["status"] for kid, key in keys.items()}
    assert keys[old]["not_after"] is not None
    row = await a_row(ground, before.event_id)
    assert row["signature"] == sign.mac(Secret(keys[old]["secret"]), row["raw_payload"])
    await ground.db.execute("update signing_keys set not_after = now() where kid = $1", old)
    assert 1 == await rotate.end_graces(ground)
    assert [new.kid] == list(await listed(http, app))
    again = await a_row(ground, before.event_id)
    assert (new.kid, row["raw_payload"]) == (again["kid"], again["raw_payload"])
    assert again["signature"] == sign.mac(new.secret, row["raw_payload"])
    await forget(ground, app)


async def test_checklist_10_compromise(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    """Nothing goes out with that kid from that moment; the notice verifies with the replacement and has no secret."""
    app = await an_app(ground, webhook_url=receiver.url)
    (old,) = await listed(http, app)
    waiting = an_event(app.client_id)
    await accepted(ground, waiting)
    made = await rotate.revoke(ground, OPERATOR, old, "compromise")
    assert made is not None
    assert [made.kid] == list(await listed(http, app))
    async with dispatching(ground, outbound):
        await receiver.wait_for(2)
    assert all(f"kid={made.kid}," in came.headers["x-logi-signature"] for came in receiver.came)
    assert all(holds(came, made.secret.reveal()) for came in receiver.came)
    notice = next(came for came in receiver.came if came.headers["x-logi-event"] == "webhook_key.compromised")
    assert f'"kid":"{old}"'.encode() in notice.body
    assert b"whsec_" not in notice.body
    (line,) = await audited(ground, "webhook_key.revoked", app.client_id)
    assert "compromise" == line["detail"]["reason"]
    with pytest.raises(NotFound):
        await rotate.revoke(ground, OPERATOR, old, "compromise")


async def test_revoking_an_older_key_makes_no_new_one(ground: Ground, http: httpx.AsyncClient) -> None:
    """A key that only verifies may go while the signing one stays."""
    app = await an_app(ground)
    (old,) = await listed(http, app)
    new = await rotate.signing_key(ground, OPERATOR, app.client_id)
    assert None is await rotate.revoke(ground, OPERATOR, old, "admin")
    assert [new.kid] == list(await listed(http, app))


async def test_at_most_five_keys(ground: Ground) -> None:
    """A sixth active key is refused; there are never two that sign."""
    app = await an_app(ground)
    for _ in range(4):
        await rotate.signing_key(ground, OPERATOR, app.client_id)
    with pytest.raises(rotate.TooManyKeys):
        await rotate.signing_key(ground, OPERATOR, app.client_id)
    signing = await ground.db.fetchval(
        "select count(*) from signing_keys where client_id = $1 and status = 'signing'", app.client_id
    )
    assert 1 == signing


async def test_the_schedule(ground: Ground, http: httpx.AsyncClient) -> None:
    """A key that has signed for a quarter gets a successor, once."""
    app = await an_app(ground)
    (old,) = await listed(http, app)
    await ground.db.execute("update signing_keys set created_at = now() - interval '91 days' where kid = $1", old)
    assert 1 == await rotate.as_scheduled(ground)
    assert 0 == await rotate.as_scheduled(ground)
    assert "verify_only" == (await listed(http, app))[old]["status"]


async def test_the_older_secret_rotates(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver, registrar: Registrar
) -> None:
    """The new secret signs at once, waiting rows too; the deprecation headers are gone; it is shown once, to owners."""
    app = await an_app(ground, webhook_url=receiver.url, webhook_legacy_signature=True)
    registrar.owns(5, app)
    await accepted(ground, an_event(app.client_id))
    path = f"/api/v1/applications/{app.id}/rotate_webhook_secret"
    assert 404 == (await http.post(path, headers=as_caller(a_person(6)))).status_code
    answer = await http.post(path, headers=as_caller(a_person(5)))
    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert {"webhook_secret", "rotated_at", "previous_valid_until"} == set(answer.json())
    async with dispatching(ground, outbound):
        await accepted(ground, an_event(app.client_id))
        await receiver.wait_for(2)
    for came in receiver.came:
        wanted = sign.legacy(sign.mac(Secret(answer.json()["webhook_secret"]), came.body))
        assert wanted == came.headers["x-logi-signature"]
        assert "x-logi-secret-deprecated" not in came.headers


async def test_overlap_signs_for_both(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    """During a grace the Standard Webhooks header has a signature of each active key."""
    app = await an_app(ground, webhook_url=receiver.url)
    (old,) = await listed(http, app)
    await rotate.signing_key(ground, OPERATOR, app.client_id)
    async with dispatching(ground, outbound):
        event = an_event(app.client_id)
        await accepted(ground, event)
        await until(ground, event.event_id, "delivered_at")
    came = receiver.came[0]
    secrets = [Secret(key["secret"]) for key in (await listed(http, app)).values()]
    assert 2 == len(secrets)
    timestamp = int(came.headers["webhook-timestamp"])
    wanted = {sign.standard(secret, event.event_id, timestamp, came.body) for secret in secrets}
    assert wanted == set(came.headers["webhook-signature"].split(" "))
    assert old in await listed(http, app)


async def test_asymmetric_signatures(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    """An application that asked for it gets `v1a`, which verifies with the published key over the signed content."""
    app = await an_app(ground, webhook_url=receiver.url, webhook_asymmetric=True)
    async with dispatching(ground, outbound):
        event = an_event(app.client_id)
        await accepted(ground, event)
        await until(ground, event.event_id, "delivered_at")
    came = receiver.came[0]
    found = next(part for part in came.headers["webhook-signature"].split(" ") if part.startswith("v1a,"))
    published = await http.get("/api/v1/webhook_signing_keys/jwks.json")
    assert "public" in published.headers["cache-control"]
    (jwk,) = published.json()["keys"]
    assert ("OKP", "Ed25519") == (jwk["kty"], jwk["crv"])
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    signed = f"{event.event_id}.{came.headers['webhook-timestamp']}.".encode() + came.body
    public.verify(base64.b64decode(found.removeprefix("v1a,")), signed)


async def test_a_platform_key_is_published_before_it_signs(ground: Ground) -> None:
    """A day before the old one's quarter ends the next one is listed; it signs when the day is over."""
    clock = FrozenClock(ground.clock.now())
    ring = Ring(ground.db, ground.vault, "set")
    first, _ = await ring.current(clock.now())
    clock.advance(timedelta(days=89, hours=1))
    assert first == (await ring.current(clock.now()))[0]
    assert 2 == len(await ring.published(clock.now()))
    clock.advance(timedelta(days=1))
    assert first != (await ring.current(clock.now()))[0]
    clock.advance(timedelta(days=41))
    assert first not in [key["kid"] for key in await ring.published(clock.now())]


async def test_rows_in_hand_leave_with_the_replacement(
    ground: Ground, outbound: Outbound, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    """What a worker had claimed before a compromise goes out signed anew, a second after it at the latest."""
    receiver.held = asyncio.Event()
    app = await an_app(ground, webhook_url=receiver.url)
    (old,) = await listed(http, app)
    await accepted(ground, *(an_event(app.client_id) for _ in range(8)))
    async with dispatching(ground, outbound) as dispatcher:
        await receiver.wait_for(4)
        made = await rotate.revoke(ground, OPERATOR, old, "compromise")
        assert made is not None
        async with asyncio.timeout(8):  # less than an attempt has
            while old in {key.kid for key in dispatcher._signers[app.client_id].keys}:
                await asyncio.sleep(0.01)
        receiver.held.set()
        await receiver.wait_for(9, seconds=40)
    kids = [
        dict(part.split("=", 1) for part in came.headers["x-logi-signature"].split(","))["kid"]
        for came in receiver.came
    ]
    assert [old] * 4 + [made.kid] * 5 == kids
    assert all(holds(came, made.secret.reveal()) for came in receiver.came[4:])
