"""The trash: what deletion ends at once, what comes back, and what never does."""

from datetime import timedelta

import httpx

from chassis.postgres import Database
from services.registry.applications import trash
from services.registry.ground import Ground
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app

URL = "/api/v1/applications"


async def test_deletion_and_restoration(http: httpx.AsyncClient, peers: Peers) -> None:
    """A deleted app is told to auth as deleted, stands in the trash, and comes back without its secret."""
    me = as_caller(a_developer())
    app = (await http.post(URL, json=an_app(), headers=me)).json()
    one = f"{URL}/{app['id']}"
    assert (409, "not_deleted") == _refusal(await http.post(f"{one}/restore", headers=me))
    deleted = await http.delete(one, headers=me)
    assert 200 == deleted.status_code
    assert {"id", "deleted_at", "restorable_until", "propagation"} == set(deleted.json())
    assert peers.applied[-1].deleted_at is not None
    assert 404 == (await http.get(one, headers=me)).status_code
    assert 404 == (await http.delete(one, headers=me)).status_code
    assert [app["id"]] == [entry["id"] for entry in (await http.get(f"{URL}/trash", headers=me)).json()]
    restored = await http.post(f"{one}/restore", headers=me)
    assert (200, "sandbox", True) == (
        restored.status_code,
        restored.json()["status"],
        restored.json()["secret_rotation_required"],
    )
    back = peers.applied[-1]
    assert (None, None, 1) == (back.deleted_at, back.secret_sha256, back.generation)
    rotated = await http.post(f"{one}/rotate_secret", headers=me)
    assert 200 == rotated.status_code
    assert "secret_rotation_required" not in (await http.get(one, headers=me)).json()


async def test_a_trashed_name_is_free(http: httpx.AsyncClient) -> None:
    """Its name may be taken while it lies there; coming back it gets a mark."""
    me = as_caller(a_developer())
    first = (await http.post(URL, json=an_app(), headers=me)).json()
    await http.delete(f"{URL}/{first['id']}", headers=me)
    second = await http.post(URL, json=an_app(), headers=me)
    assert 201 == second.status_code
    restored = (await http.post(f"{URL}/{first['id']}/restore", headers=me)).json()
    assert "Acme Notes (restored)" == restored["name"]


async def test_purging_is_for_good(http: httpx.AsyncClient, db: Database) -> None:
    """Only from the trash, only with the exact name; the app is gone, announced, and counts for the volume still."""
    me = as_caller(a_developer())
    app = (await http.post(URL, json=an_app(), headers=me)).json()
    purge = f"{URL}/{app['id']}/purge"
    assert 404 == (await http.post(purge, json={"name": "Acme Notes"}, headers=me)).status_code
    await http.delete(f"{URL}/{app['id']}", headers=me)
    assert (422, "name_differs") == _refusal(await http.post(purge, json={"name": "acme notes"}, headers=me))
    stale = {**me, "if-match": 'W/"1"'}
    assert 412 == (await http.post(purge, json={"name": "Acme Notes"}, headers=stale)).status_code
    assert 204 == (await http.post(purge, json={"name": "Acme Notes"}, headers=me)).status_code
    assert 404 == (await http.post(f"{URL}/{app['id']}/restore", headers=me)).status_code
    assert [] == (await http.get(f"{URL}/trash", headers=me)).json()
    assert "registry.application.purged" == await db.fetchval("select tag from outbox order by id desc limit 1")
    for number in range(3):
        await http.post(URL, json=an_app(name=f"Volume {number}x"), headers=me)
    fifth = await http.post(URL, json=an_app(name="Volume 5x"), headers=me)
    assert "high_volume_developer" in fifth.json()["risk_flags"]


async def test_thirty_days(http: httpx.AsyncClient, db: Database, ground: Ground) -> None:
    """After thirty days an app cannot be restored, and the purge takes it."""
    me = as_caller(a_developer())
    app = (await http.post(URL, json=an_app(), headers=me)).json()
    await http.delete(f"{URL}/{app['id']}", headers=me)
    long_ago = ground.clock.now() - timedelta(days=30, minutes=1)
    await db.execute("update applications set deleted_at = $2 where id = $1", app["id"], long_ago)
    assert (410, "restore_window_expired") == _refusal(await http.post(f"{URL}/{app['id']}/restore", headers=me))
    assert 1 == await trash.expire(ground)
    assert 0 == await db.fetchval("select count(*) from applications where id = $1", app["id"])
    assert 1 == await db.fetchval("select count(*) from purged_applications where client_id = $1", app["client_id"])


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
