"""`/api/v1/applications` on a real database: what it promises, and what it refuses."""

import asyncio
import hashlib

import httpx
import pytest

from chassis.postgres import Database
from contracts.principal import Refused
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app

URL = "/api/v1/applications"


async def test_a_registered_app_shows_its_secrets_once(http: httpx.AsyncClient, peers: Peers, db: Database) -> None:
    """The answer to a registration has the secret; the record keeps its digest, and no later answer shows it."""
    me = as_caller(a_developer())
    made = await http.post(URL, json=an_app(), headers=me)
    assert made.status_code == 201
    body = made.json()
    assert body["client_secret"].startswith("logi_secret_")
    assert body["webhook_signing_key"] == {"kid": "whk_0badcafe", "secret": "whsec_x"}
    assert body["status"] == "sandbox"
    assert body["propagation"] == "complete"
    digest = hashlib.sha256(body["client_secret"].encode()).hexdigest()
    assert peers.applied[-1].secret_sha256 == digest
    shown = await http.get(f"{URL}/{body['id']}", headers=me)
    assert "client_secret" not in shown.json()
    assert await db.fetchval("select tag from outbox order by id desc limit 1") == "registry.application.registered"


async def test_a_repeat_changes_nothing(http: httpx.AsyncClient) -> None:
    """Registering the same name and type again answers 200 with the app that is there and no secret."""
    me = as_caller(a_developer())
    first = (await http.post(URL, json=an_app(), headers=me)).json()
    again = await http.post(URL, json={"oauth_application": an_app()["application"]}, headers=me)
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["existing"] is True
    assert again.json()["client_secret"] is None
    other = await http.post(URL, json=an_app(client_type="public"), headers=me)
    assert (other.status_code, other.json()["error"]) == (409, "name_taken")


async def test_the_email_gate(http: httpx.AsyncClient) -> None:
    """An unverified developer is told where to verify; a user without the role is refused."""
    refused = await http.post(URL, json=an_app(), headers=as_caller(a_developer(identity_verified_level=0)))
    assert refused.status_code == 403
    assert refused.json()["error"] == "identity_verification_required"
    assert refused.json()["verify_url"] == "http://localhost:8000/account"
    user = await http.post(URL, json=an_app(), headers=as_caller(a_developer(role="user")))
    assert (user.status_code, user.json()["error"]) == (403, "forbidden_role")


async def test_callers_who_may_not(http: httpx.AsyncClient) -> None:
    """No credential, a refused one, and a key without the scope are three different answers."""
    assert (await http.post(URL, json=an_app())).status_code == 401
    revoked = await http.get(URL, headers=as_caller(Refused(why="revoked")))
    assert "revoked" in revoked.json()["error_description"]
    reader = await http.post(URL, json=an_app(), headers=as_caller(a_developer(scopes=("apps:read",))))
    assert (reader.status_code, reader.json()["required_scope"]) == (403, "apps:manage")


async def test_others_apps_do_not_exist(http: httpx.AsyncClient) -> None:
    """Every route below another developer's app answers 404 and changes nothing."""
    mine = (await http.post(URL, json=an_app(), headers=as_caller(a_developer()))).json()
    stranger = as_caller(a_developer())
    for method, path in [("GET", ""), ("PATCH", ""), ("POST", "/rotate_secret"), ("POST", "/redirect_uris")]:
        body = {"application": {"name": "x"}, "uri": "http://localhost/x"}
        answer = await http.request(method, f"{URL}/{mine['id']}{path}", json=body, headers=stranger)
        assert answer.status_code == 404, (method, path)


async def test_redirect_uris_come_and_go(http: httpx.AsyncClient, peers: Peers) -> None:
    """A production host sends a sandbox app to review, its going brings it back, and the last URI stays."""
    me = as_caller(a_developer())
    app = (await http.post(URL, json=an_app(), headers=me)).json()
    uris = f"{URL}/{app['id']}/redirect_uris"
    added = await http.post(uris, json={"uri": "https://notes.acme.example/cb"}, headers=me)
    assert (added.status_code, added.json()["status"]) == (200, "pending")
    assert peers.applied[-1].serves("http://localhost:4000/cb")
    assert not peers.applied[-1].serves("https://notes.acme.example/cb")
    removed = await http.request("DELETE", uris, json={"uri": "https://notes.acme.example/cb"}, headers=me)
    assert (removed.status_code, removed.json()["status"]) == (200, "sandbox")
    last = await http.request("DELETE", uris, json={"uri": "http://localhost:4000/cb"}, headers=me)
    assert (last.status_code, last.json()["error"]) == (422, "last_redirect_uri")


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://rp.example/cb",
        "https://user@rp.example/cb",
        "https://rp.example/cb#frag",
        "https://rp.example/\ncb",
        "https:///cb",
        "com.example.app://cb",
        "/relative",
        "https://rp.exämple/cb",
        "https://rp.example:99999/cb",
    ],
)
async def test_javascript_and_data_urls_hostile_redirect_uris_are_refused(http: httpx.AsyncClient, uri: str) -> None:
    """What could not be a callback of a confidential client is refused by name, and nothing is kept."""
    me = as_caller(a_developer())
    answer = await http.post(URL, json=an_app(redirect_uris=[uri]), headers=me)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_redirect_uri")
    assert (await http.get(URL, headers=me)).json() == []


async def test_a_wildcard_waits_for_review(http: httpx.AsyncClient, peers: Peers) -> None:
    """A wildcard is stored and flagged, never a pattern, and the app serves nobody before its review."""
    answer = await http.post(
        URL, json=an_app(redirect_uris=["https://*.acme.example/cb"]), headers=as_caller(a_developer())
    )
    assert answer.json()["status"] == "pending"
    assert "wildcard_redirect_uri" in answer.json()["risk_flags"]
    assert not peers.applied[-1].usable


async def test_simultaneous_registrations_cannot_dodge_the_volume_count(http: httpx.AsyncClient) -> None:
    """With three apps in the window, five at once let exactly one through unflagged."""
    me = as_caller(a_developer())
    for number in range(3):
        await http.post(URL, json=an_app(name=f"Notes {number}x"), headers=me)
    answers = await asyncio.gather(
        *(http.post(URL, json=an_app(name=f"Parallel {number}x"), headers=me) for number in range(5))
    )
    flagged = ["high_volume_developer" in answer.json()["risk_flags"] for answer in answers]
    assert sorted(flagged) == [False, True, True, True, True]


async def test_every_fault_is_told_at_once(http: httpx.AsyncClient) -> None:
    """Whoever sends several wrong fields hears of each by its name in the record, whether created or edited."""
    me = as_caller(a_developer())
    wrong = {"name": "", "redirect_uris": ["http://evil.example/"], "webhook_url": "ftp://x", "allowed_scopes": ["a,b"]}
    made = await http.post(URL, json=an_app(**wrong), headers=me)
    assert (422, "invalid_redirect_uri", set(wrong)) == (
        made.status_code,
        made.json()["error"],
        set(made.json()["fields"]),
    )
    app = (await http.post(URL, json=an_app(), headers=me)).json()
    edited = await http.patch(f"{URL}/{app['id']}", json={"application": wrong}, headers=me)
    assert (422, set(wrong)) == (edited.status_code, set(edited.json()["fields"]))
    for body, field in [({"application": {"name": None}}, "name"), ({"oauth_application": {"name": 7}}, "name")]:
        answer = await http.patch(f"{URL}/{app['id']}", json=body, headers=me)
        assert (422, [field]) == (answer.status_code, list(answer.json()["fields"]))
    last = await http.request(
        "DELETE", f"{URL}/{app['id']}/redirect_uris", json={"uri": app["redirect_uris"][0]}, headers=me
    )
    assert ("last_redirect_uri", ["uri"]) == (last.json()["error"], list(last.json()["fields"]))


async def test_ten_an_hour(http: httpx.AsyncClient) -> None:
    """The eleventh registration within an hour waits, and is told how long."""
    me = as_caller(a_developer())
    for number in range(10):
        assert (await http.post(URL, json=an_app(name=f"App of {number}x"), headers=me)).status_code == 201
    refused = await http.post(URL, json=an_app(name="One more"), headers=me)
    assert (refused.status_code, refused.json()["error"]) == (429, "rate_limited")
    assert 3590 < int(refused.headers["retry-after"]) <= 3601


async def test_rotation_and_preconditions(http: httpx.AsyncClient, peers: Peers) -> None:
    """A rotated secret reaches auth before the answer; a stale If-Match is 412 and changes nothing."""
    me = as_caller(a_developer())
    app = (await http.post(URL, json=an_app(), headers=me)).json()
    rotated = (await http.post(f"{URL}/{app['id']}/rotate_secret", headers=me)).json()
    assert rotated["client_secret"] != app["client_secret"]
    assert peers.applied[-1].secret_sha256 == hashlib.sha256(rotated["client_secret"].encode()).hexdigest()
    stale = await http.patch(
        f"{URL}/{app['id']}", json={"application": {"name": "New"}}, headers={**me, "if-match": 'W/"1"'}
    )
    assert stale.status_code == 412
    etag = (await http.get(f"{URL}/{app['id']}", headers=me)).headers["etag"]
    edited = await http.patch(
        f"{URL}/{app['id']}", json={"application": {"name": "New"}}, headers={**me, "if-match": etag}
    )
    assert (edited.status_code, edited.json()["name"]) == (200, "New")
    wrong = await http.patch(f"{URL}/{app['id']}", json={"application": {"client_type": "public"}}, headers=me)
    assert (wrong.status_code, wrong.json()["error"]) == (422, "client_type_immutable")


async def test_webhook_urls_are_judged_when_saved(http: httpx.AsyncClient) -> None:
    """A URL into a private network is refused with its reason; loopback is a development allowance."""
    me = as_caller(a_developer())
    for url in ["https://10.0.0.1/x", "https://169.254.169.254/", "ftp://a.example/", "https://u@a.example/"]:
        answer = await http.post(URL, json=an_app(webhook_url=url), headers=me)
        assert (answer.status_code, answer.json()["error"]) == (422, "invalid_webhook_url"), url
    assert (await http.post(URL, json=an_app(webhook_url="http://127.0.0.1:9/x"), headers=me)).status_code == 201


async def test_delivery_hears_whether_the_url_was_saved(http: httpx.AsyncClient, peers: Peers) -> None:
    """Naming it is saving it, be it the same: only that makes pushes to a disabled endpoint begin anew."""
    me, url = as_caller(a_developer()), "http://127.0.0.1:9/x"
    app = (await http.post(URL, json=an_app(webhook_url=url), headers=me)).json()
    for change in ({"name": "Another name"}, {"webhook_url": url}, {"webhook_ordered": True}):
        assert 200 == (await http.patch(f"{URL}/{app['id']}", json={"application": change}, headers=me)).status_code
    heard = [asked.webhook_saved for asked in peers.endpoints if asked.application.id == app["id"]]
    assert [False, False, True, False] == heard


@pytest.mark.parametrize("types", [["user.exploded"], ["user.merged", "user.merged"], [""]])
async def test_an_event_type_that_there_is_not(http: httpx.AsyncClient, types: list[str]) -> None:
    """A subscription that would be pushed nothing is a mistake, and is told with the names that there are."""
    me = as_caller(a_developer())
    app = (await http.post(URL, json=an_app(webhook_event_types=["user.merged"]), headers=me)).json()
    assert ["user.merged"] == app["webhook_event_types"]
    change = {"application": {"webhook_event_types": types}}
    answer = await http.patch(f"{URL}/{app['id']}", json=change, headers=me)
    assert (422, "validation_failed") == (answer.status_code, answer.json()["error"])
    assert "user.merged" in answer.json()["fields"]["webhook_event_types"][0]
