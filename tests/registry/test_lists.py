"""Lists and repeats: filters, pages by number and by key, and a registration that is sent twice."""

import asyncio
from datetime import UTC, datetime

import httpx

from chassis.postgres import Database
from services.registry.applications import stamp
from services.registry.lists import paging
from tests.gateless import as_caller
from tests.registry.builders import a_developer, an_app

APPS = "/api/v1/applications"
CALLBACK = "http://localhost:4000/cb"


async def test_pages_and_filters(http: httpx.AsyncClient) -> None:
    """The Link header leads through all of it once, newest first, and keeps the filters."""
    me = as_caller(a_developer())
    made = [(await http.post(APPS, json=an_app(name=f"Page {n}x"), headers=me)).json()["id"] for n in range(5)]
    url, seen = f"{APPS}?per_page=2&environment=test", list[int]()
    while url:
        page = await http.get(url, headers=me)
        seen += [app["id"] for app in page.json()]
        link = page.headers.get("link", "")
        assert not link or "environment=test" in link
        url = link.partition(">")[0].removeprefix("<")
    assert made[::-1] == seen
    second = (await http.get(APPS, params={"page": 2, "per_page": 2}, headers=me)).json()
    assert made[::-1][2:4] == [app["id"] for app in second]
    assert [] == (await http.get(APPS, params={"status": "approved"}, headers=me)).json()
    deep = await http.get(APPS, params={"page": paging.CAP, "per_page": 100}, headers=me)
    assert (422, "validation_failed") == (deep.status_code, deep.json()["error"])
    for wrong in ({"per_page": 101}, {"per_page": 0}, {"cursor": "x"}, {"page": -1}, {"environment": "prod"}):
        assert (await http.get(APPS, params=wrong, headers=me)).status_code in {400, 422}, wrong


async def test_a_repeat_is_answered_the_same(http: httpx.AsyncClient, db: Database) -> None:
    """With its key a registration happens once, its secrets come again, and nobody else's request takes the key."""
    person = a_developer()
    me = {**as_caller(person), "idempotency-key": "k-1"}
    first, second = await asyncio.gather(*(http.post(APPS, json=an_app(), headers=me) for _ in range(2)))
    assert [201, 201] == [first.status_code, second.status_code]
    assert first.json() == second.json()
    assert first.json()["client_secret"]
    assert 1 == await db.fetchval("select count(*) from applications where registered_by = $1", person.user_id)
    other = await http.post(APPS, json=an_app(name="Other"), headers=me)
    assert (409, "idempotency_key_reused") == (other.status_code, other.json()["error"])
    stranger = {**as_caller(a_developer()), "idempotency-key": "k-1"}
    assert first.json()["id"] != (await http.post(APPS, json=an_app(), headers=stranger)).json()["id"]
    kept = await db.fetchval("select reply from idempotency_keys where user_id = $1", person.user_id)
    assert first.json()["client_secret"].encode() not in kept
    await db.execute("update idempotency_keys set created_at = created_at - interval '25 hours'")
    later = await http.post(APPS, json=an_app(), headers=me)
    assert (200, True) == (later.status_code, later.json()["existing"])
    assert 400 == (await http.post(APPS, json=an_app(), headers={**me, "idempotency-key": "x" * 256})).status_code


async def test_refused_attempts_count(http: httpx.AsyncClient) -> None:
    """Nine attempts that were refused and one that was not: the eleventh waits."""
    me = as_caller(a_developer())
    for _ in range(9):
        assert 422 == (await http.post(APPS, json=an_app(redirect_uris=["/x"]), headers=me)).status_code
    assert 201 == (await http.post(APPS, json=an_app(), headers=me)).status_code
    refused = await http.post(APPS, json=an_app(name="One more"), headers=me)
    assert (429, "rate_limited") == (refused.status_code, refused.json()["error"])


async def test_names_that_are_taken(http: httpx.AsyncClient) -> None:
    """An app cannot be renamed to another one's name; hostile names are refused."""
    me = as_caller(a_developer())
    await http.post(APPS, json=an_app(), headers=me)
    other = (await http.post(APPS, json=an_app(name="Other"), headers=me)).json()
    body = {"application": {"name": "acme NOTES"}}
    taken = await http.patch(f"{APPS}/{other['id']}", json=body, headers=me)
    assert (409, "name_taken") == (taken.status_code, taken.json()["error"])
    for name in ("", " ", "x" * 81, "a\x00b", "evil\u202egnp", "zero\u200bwidth"):
        answer = await http.patch(f"{APPS}/{other['id']}", json={"application": {"name": name}}, headers=me)
        assert (422, ["name"]) == (answer.status_code, list(answer.json()["fields"])), name


async def test_nothing_old_is_shown(http: httpx.AsyncClient, db: Database) -> None:
    """A change, and a use that auth reports, are in the next list and the next look, whatever was shown before."""
    me = as_caller(a_developer())
    app = (await http.post(APPS, json=an_app(), headers=me)).json()
    one = f"{APPS}/{app['id']}"
    assert (await http.get(one, headers=me)).json()["redirect_uri_metadata"][CALLBACK]["last_used_at"] is None
    async with db.transaction() as tx:
        await stamp.use(tx, app["client_id"], CALLBACK, datetime(2026, 11, 21, tzinfo=UTC))
    for shown in ((await http.get(one, headers=me)).json(), (await http.get(APPS, headers=me)).json()[0]):
        assert "2026-11-21T00:00:00Z" == shown["redirect_uri_metadata"][CALLBACK]["last_used_at"]
    await http.patch(one, json={"application": {"name": "Renamed"}}, headers=me)
    assert "Renamed" == (await http.get(APPS, headers=me)).json()[0]["name"]
