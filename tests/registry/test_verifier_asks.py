"""What verifier has registry keep: whether the health check is on, and what was found out about a host."""

import httpx
import pytest

from chassis.postgres import Database
from chassis.problems import NotFound
from contracts import events
from contracts.applications import Verification
from contracts.events.registry import ApplicationUpdated
from contracts.questions.registry import HealthSwitch, VerificationApply
from services.registry.ground import Ground
from services.registry.peers import Peers as Handlers
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_admin, an_app
from tests.registry.papers import APPS, CALLBACK, a_production_app, hand_in
from tests.registry.test_promotion import QUEUE


async def test_the_switch_is_on_the_record(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """Switched on verifier's card, the record says so, at its next version, announced and in the audit log."""
    me = a_developer()
    app = (await http.post(APPS, json=an_app(), headers=as_caller(me))).json()
    assert app["health_check_enabled"] is False
    question = HealthSwitch(application_id=app["id"], user_id=me.user_id, via="pak", enabled=True)
    record = await Handlers(ground).health_switch(question)
    assert (True, app["version"] + 1) == (record.health_check_enabled, record.version)
    shown = (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).json()
    assert shown["health_check_enabled"] is True
    told = events.decode(await db.fetchval("select payload from outbox order by id desc limit 1"))
    assert isinstance(told, ApplicationUpdated)
    assert record == told.application
    line = await db.fetchrow("select action, actor_id from audit_log order by id desc limit 1")
    assert line is not None
    assert ("application.updated", me.user_id) == tuple(line)
    assert record == await Handlers(ground).health_switch(question)


async def test_others_do_not_switch_it(http: httpx.AsyncClient, ground: Ground, peers: Peers) -> None:
    """Another person's app does not exist for whoever asks."""
    app = (await http.post(APPS, json=an_app(), headers=as_caller(a_developer()))).json()
    question = HealthSwitch(application_id=app["id"], user_id=a_developer().user_id, via="session", enabled=True)
    with pytest.raises(NotFound):
        await Handlers(ground).health_switch(question)


@pytest.mark.parametrize(
    ("uris", "enabled"),
    [
        (["https://a.acme.example/cb"], True),
        (["http://localhost:4000/cb", "https://app.staging.acme.example/cb"], True),
        (["http://localhost:4000/cb", "http://127.0.0.1:4000/cb"], False),
    ],
)
async def test_who_is_checked_from_the_start(
    http: httpx.AsyncClient, peers: Peers, uris: list[str], enabled: bool
) -> None:
    """A new app is on where there is a host to ask; its developer may say otherwise."""
    for said, expected in (({}, enabled), ({"health_check_enabled": False}, False)):
        made = await http.post(APPS, json=an_app(redirect_uris=uris, **said), headers=as_caller(a_developer()))
        assert expected == made.json()["health_check_enabled"]


async def test_the_stamp_is_in_the_review_queue(http: httpx.AsyncClient, ground: Ground, peers: Peers) -> None:
    """A reviewer sees of each production URI whether its host is proven, in the queue and in the request."""
    me = a_developer()
    app = await a_production_app(http, me)
    request = (await hand_in(http, me, app["id"])).json()
    uri = CALLBACK
    line = await _line(http, app["id"])
    assert [(uri, "unverified")] == [(found["uri"], found["status"]) for found in line["verifications"]]
    now = ground.clock.now()
    finding = Verification(status="verified", method="dns", verified_at=now, last_checked_at=now)
    await Handlers(ground).stamp(VerificationApply(application_id=app["id"], uri=uri, verification=finding))
    line = await _line(http, app["id"])
    assert [(uri, "verified", "dns")] == [
        (found["uri"], found["status"], found["method"]) for found in line["verifications"]
    ]
    closely = (await http.get(f"{QUEUE}/{request['id']}", headers=as_caller(an_admin()))).json()
    assert "verified" == closely["application"]["redirect_uri_metadata"][uri]["status"]
    assert "host_verified" in {signal["code"] for signal in closely["signals"]}


async def _line(http: httpx.AsyncClient, application_id: int) -> dict[str, list[dict[str, str]]]:
    queue = (await http.get(f"{QUEUE}?per_page=100", headers=as_caller(an_admin()))).json()
    found: dict[str, list[dict[str, str]]] = next(line for line in queue if line["application_id"] == application_id)
    return found
