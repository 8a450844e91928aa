"""What verifier found out reaches the owners of the application, whom only registry knows."""

import httpx

from chassis.postgres import Database
from contracts import events, ids
from contracts.applications import Verification
from contracts.events.notices import OwnersAlerted
from contracts.events.verifier import HealthLost, HealthRecovered, RedirectUriFailed, RedirectUriLapsed
from services.registry.ground import Ground
from services.registry.peers import Peers as Handlers
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app

URI = "https://notes.acme.example/cb"


async def alerts(db: Database, application_id: int) -> list[OwnersAlerted]:
    rows = await db.fetch("select payload from outbox order by id")
    told = [events.decode(row["payload"]) for row in rows]
    return [event for event in told if isinstance(event, OwnersAlerted) and event.application_id == application_id]


async def test_a_lapse_is_told_to_the_owner(
    http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers
) -> None:
    """A proof that lapsed names the app, its owner, host and reason; a failed attempt alone is told to nobody."""
    me = a_developer()
    app = (await http.post("/api/v1/applications", json=an_app(redirect_uris=[URI]), headers=as_caller(me))).json()
    now = ground.clock.now()
    for kind in (RedirectUriFailed, RedirectUriLapsed):
        event = kind(
            event_id=ids.new_event_id(now),
            occurred_at=now,
            application_id=app["id"],
            client_id=app["client_id"],
            uri=URI,
            verification=Verification(status="stale", reason="dns_nxdomain", last_checked_at=ground.clock.now()),
        )
        async with db.transaction() as tx:
            await Handlers(ground).on_verification(tx, event)
    (alert,) = await alerts(db, app["id"])
    assert ("redirect_uri_lapsed", (me.user_id,), "notes.acme.example", "dns_nxdomain", "Acme Notes") == (
        alert.occasion,
        alert.user_ids,
        alert.host,
        alert.reason,
        alert.application_name,
    )


async def test_health_is_told_to_the_owner(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """Down and recovered are two occasions; an app that is gone has nobody to tell."""
    me = a_developer()
    app = (await http.post("/api/v1/applications", json=an_app(), headers=as_caller(me))).json()
    now = ground.clock.now()
    for kind in (HealthLost, HealthRecovered):
        for number in (app["id"], 999_999):
            event = kind(
                event_id=ids.new_event_id(now),
                occurred_at=now,
                application_id=number,
                client_id=app["client_id"],
                host="notes.acme.example",
                reason="timeout",
            )
            async with db.transaction() as tx:
                await Handlers(ground).on_health(tx, event)
    assert ["rp_down", "rp_recovered"] == [alert.occasion for alert in await alerts(db, app["id"])]
    assert [] == await alerts(db, 999_999)
