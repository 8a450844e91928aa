"""Shared Signals: streams managed, polled with acknowledgements and pushed; tokens verify with the published keys."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from aiohttp import web

from chassis.outbound import Outbound
from contracts.applications import Application
from contracts.events import public
from contracts.principal import AccessToken
from services.delivery.ground import Ground
from services.delivery.keys.ring import Ring
from services.delivery.ssf import mapping, streams
from services.delivery.ssf.push import Transmitter
from services.delivery.ssf.streams import POLL, PUSH
from services.delivery.ssf.token import Signer
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.gateless import as_caller

ISSUER = "http://localhost:8000"


@pytest.fixture
async def app(ground: Ground) -> Application:
    made = an_application()
    await known(ground, made)
    return made


async def a_stream(http: httpx.AsyncClient, app: Application, **body: Any) -> dict[str, Any]:
    answer = await http.post("/ssf/streams", json=body, headers=as_caller(a_client(app)))
    assert 201 == answer.status_code, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def polled(http: httpx.AsyncClient, app: Application, stream: dict[str, Any], **body: Any) -> dict[str, Any]:
    path = stream["delivery"]["endpoint_url"].removeprefix(ISSUER)
    given = {"returnImmediately": True, **body}
    answer = await http.post(path, json=given, headers=as_caller(a_client(app)))
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def opened(http: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    """The claims, verified by a library that is not ours, with the published keys."""
    keys = (await http.get("/ssf/jwks.json")).json()
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(key for key in jwt.PyJWKSet.from_dict(keys).keys if key.key_id == kid)
    claims: dict[str, Any] = jwt.decode(token, key.key, algorithms=["RS256"], audience=audience, issuer=ISSUER)
    return claims


async def test_the_metadata(http: httpx.AsyncClient) -> None:
    """The transmitter says where everything is, and that it speaks both methods."""
    found = (await http.get("/.well-known/ssf-configuration")).json()
    assert (ISSUER, {PUSH, POLL}) == (found["issuer"], set(found["delivery_methods_supported"]))
    assert f"{ISSUER}/ssf/jwks.json" == found["jwks_uri"]


async def test_polling_until_acknowledged(ground: Ground, http: httpx.AsyncClient, app: Application) -> None:
    """A token comes again until its jti is acknowledged, whatever the order of acknowledgements, then never."""
    stream = await a_stream(http, app, delivery={"method": POLL})
    events = [an_event(app.client_id) for _ in range(3)]
    await accepted(ground, *events)
    first = await polled(http, app, stream, maxEvents=2)
    assert ([event.event_id for event in events[:2]], True) == (list(first["sets"]), first["moreAvailable"])
    middle = await polled(http, app, stream, ack=[events[1].event_id])
    assert [events[0].event_id, events[2].event_id] == list(middle["sets"])
    last = await polled(http, app, stream, ack=[events[0].event_id], setErrs={events[2].event_id: {"err": "x"}})
    assert {"sets": {}, "moreAvailable": False} == last
    claims = await opened(http, first["sets"][events[0].event_id], app.client_id)
    assert {"format": "iss_sub", "iss": ISSUER, "sub": "42"} == claims["sub_id"]
    assert [f"{mapping.CAEP}session-revoked"] == list(claims["events"])
    assert "secevent+jwt" == jwt.get_unverified_header(first["sets"][events[0].event_id])["typ"]


async def test_a_long_poll_waits(ground: Ground, http: httpx.AsyncClient, app: Application) -> None:
    """Without `returnImmediately` the answer comes with the event."""
    stream = await a_stream(http, app)
    asked = asyncio.create_task(polled(http, app, stream, returnImmediately=False))
    await asyncio.sleep(0.3)
    assert not asked.done()
    event = an_event(app.client_id)
    await accepted(ground, event)
    async with asyncio.timeout(20):
        assert [event.event_id] == list((await asked)["sets"])


async def test_several_streams_are_apart(ground: Ground, http: httpx.AsyncClient, app: Application) -> None:
    """Each has its own cursor and its own types; another receiver sees none of them."""
    wide = await a_stream(http, app)
    narrow = await a_stream(http, app, events_requested=[f"{mapping.RISC}account-disabled"])
    await accepted(ground, an_event(app.client_id))
    assert (1, 0) == (len((await polled(http, app, wide))["sets"]), len((await polled(http, app, narrow))["sets"]))
    mine = (await http.get("/ssf/streams", headers=as_caller(a_client(app)))).json()
    assert [wide["stream_id"], narrow["stream_id"]] == [each["stream_id"] for each in mine]
    stranger = as_caller(a_client(an_application()))
    answer = await http.get("/ssf/streams", params={"stream_id": wide["stream_id"]}, headers=stranger)
    assert 404 == answer.status_code


async def test_status_and_verification(ground: Ground, http: httpx.AsyncClient, app: Application) -> None:
    """Paused events wait; disabled ones are lost to the stream; a verification event carries the receiver's state."""
    me = as_caller(a_client(app))
    stream = await a_stream(http, app)
    body = {"stream_id": stream["stream_id"]}
    for status in ("paused", "enabled", "disabled", "enabled"):
        await http.post("/ssf/status", json={**body, "status": status}, headers=me)
        event = an_event(app.client_id)
        await accepted(ground, event)
        found = list((await polled(http, app, stream))["sets"])
        if status in {"paused", "disabled"}:
            assert [] == found
        else:
            assert event.event_id == found[-1]
            assert len(found) == (2 if found[0] != event.event_id else 1)
            await polled(http, app, stream, ack=found)
    assert 204 == (await http.post("/ssf/verify", json={**body, "state": "abc"}, headers=me)).status_code
    ((jti, token),) = (await polled(http, app, stream))["sets"].items()
    claims = await opened(http, token, app.client_id)
    assert {mapping.VERIFICATION: {"state": "abc"}} == claims["events"]
    assert {} == (await polled(http, app, stream, ack=[jti]))["sets"]


async def test_subjects(ground: Ground, http: httpx.AsyncClient, app: Application) -> None:
    """A subject that was removed is not told of, until it is added again."""
    me = as_caller(a_client(app))
    stream = await a_stream(http, app)
    body = {"stream_id": stream["stream_id"], "subject": {"format": "iss_sub", "iss": ISSUER, "sub": "1"}}
    assert 204 == (await http.post("/ssf/subjects/remove", json=body, headers=me)).status_code
    await accepted(ground, an_event(app.client_id, sub="1"), an_event(app.client_id, sub="2"))
    assert 1 == len((await polled(http, app, stream))["sets"])
    await http.post("/ssf/subjects/add", json=body, headers=me)
    assert 2 == len((await polled(http, app, stream))["sets"])


async def test_so_many_subjects_are_removed(
    http: httpx.AsyncClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is refused and changes nothing; one that is removed already may be removed again."""
    monkeypatch.setattr(streams, "MOST_REMOVED", 2)
    me, stream = as_caller(a_client(app)), await a_stream(http, app)

    async def asked(act: str, sub: str) -> httpx.Response:
        body = {"stream_id": stream["stream_id"], "subject": {"format": "iss_sub", "iss": ISSUER, "sub": sub}}
        return await http.post(f"/ssf/subjects/{act}", json=body, headers=me)

    assert [204, 204, 204] == [(await asked("remove", sub)).status_code for sub in ("1", "2", "1")]
    refused = await asked("remove", "3")
    assert (409, "too_many_subjects") == (refused.status_code, refused.json()["error"])
    await asked("add", "1")
    assert 204 == (await asked("remove", "3")).status_code


async def test_changing_and_deleting(http: httpx.AsyncClient, app: Application) -> None:
    """A patch leaves the rest, a put does not; after the end there is nothing; secrets are not told back."""
    me = as_caller(a_client(app))
    stream = await a_stream(http, app, description="one", events_requested=[mapping.SUPPORTED[0]])
    id_ = {"stream_id": stream["stream_id"]}
    patched = (await http.patch("/ssf/streams", json={**id_, "description": "two"}, headers=me)).json()
    assert ("two", [mapping.SUPPORTED[0]]) == (patched["description"], patched["events_requested"])
    replaced = (await http.put("/ssf/streams", json=id_, headers=me)).json()
    assert (None, mapping.SUPPORTED) == (replaced["description"], replaced["events_requested"])
    assert 204 == (await http.delete("/ssf/streams", params=id_, headers=me)).status_code
    assert 404 == (await http.get("/ssf/status", params=id_, headers=me)).status_code
    refused = await http.post("/ssf/streams", json={"delivery": {"method": PUSH}}, headers=me)
    assert 400 == refused.status_code


async def test_credentials(http: httpx.AsyncClient, app: Application) -> None:
    """A token of the client for this resource is as good as its secret, within its scopes; any other is not."""
    token = AccessToken(
        sub=app.client_id, client_id=app.client_id, jti="1", audience=f"{ISSUER}/ssf", scopes=("ssf.read",)
    )
    assert 200 == (await http.get("/ssf/streams", headers=as_caller(token))).status_code
    refused = await http.post("/ssf/streams", json={}, headers=as_caller(token))
    assert (403, "insufficient_scope") == (refused.status_code, refused.json()["error"])
    managing = msgspec.structs.replace(token, scopes=("ssf.manage",))
    assert 201 == (await http.post("/ssf/streams", json={}, headers=as_caller(managing))).status_code
    other = AccessToken(sub=app.client_id, client_id=app.client_id, jti="1", audience="https://api.example")
    assert 403 == (await http.get("/ssf/streams", headers=as_caller(other))).status_code
    assert 401 == (await http.get("/ssf/streams")).status_code


async def test_push(ground: Ground, outbound: Outbound, http: httpx.AsyncClient, app: Application) -> None:
    """Tokens are pushed in order with the receiver's credential; a failure is tried again, a 400 is not."""
    came: list[tuple[str, str | None]] = []
    answers = [503, 400, 202, 202]

    async def hook(request: web.Request) -> web.Response:
        came.append(((await request.read()).decode(), request.headers.get("authorization")))
        assert "application/secevent+jwt" == request.headers["content-type"]
        return web.Response(status=answers.pop(0) if answers else 202)

    runner = web.AppRunner(served := web.Application(), access_log=None)
    served.router.add_post("/sets", hook)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/sets"
    delivery = {"method": PUSH, "endpoint_url": url, "authorization_header": "Bearer s3cret"}
    stream = await a_stream(http, app, delivery=delivery)
    assert "authorization_header" not in stream["delivery"]
    first, second = an_event(app.client_id), an_event(app.client_id)
    await accepted(ground, first, second)
    transmitter = Transmitter(ground, Signer(Ring(ground.db, ground.vault, "set"), ISSUER), outbound, "worker")
    await transmitter.turn()
    assert 1 == len(came)
    await transmitter.turn()
    assert 1 == len(came)
    await ground.db.execute("update ssf_streams set next_try_at = now()")
    await transmitter.turn()
    await transmitter.turn()
    await runner.cleanup()
    told = [(await opened(http, token, app.client_id))["jti"] for token, _ in came]
    assert [first.event_id, first.event_id, second.event_id] == told
    assert {"Bearer s3cret"} == {authorization for _, authorization in came}


@pytest.mark.parametrize("event_type", mapping.TYPES)
def test_every_mapped_type_has_its_claims(event_type: str) -> None:
    """A body of each type becomes an event of its RISC or CAEP type, about the right account."""
    if event_type in mapping.ONLY_SIGNALS:
        data = {"sub": "42", "canonical_sub": "17", "credential_type": "password", "change_type": "update"}
    else:
        data = public.example(event_type)["data"]
    found = mapping.events(event_type, data, datetime.now(UTC))
    assert [mapping.TYPES[event_type]] == list(found)
    assert "42" == mapping.subject(event_type, data, ISSUER)["sub"]


async def test_a_verification_event_ends_a_long_poll(http: httpx.AsyncClient, app: Application) -> None:
    """Who waits hears of what only the stream is told, too."""
    stream = await a_stream(http, app)
    asked = asyncio.create_task(polled(http, app, stream, returnImmediately=False))
    await asyncio.sleep(0.3)
    body = {"stream_id": stream["stream_id"], "state": "abc"}
    await http.post("/ssf/verify", json=body, headers=as_caller(a_client(app)))
    async with asyncio.timeout(20):
        assert 1 == len((await asked)["sets"])
