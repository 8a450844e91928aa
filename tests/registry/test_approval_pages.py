"""The pages of reviewers: the queue, one request closely, and every decision by a form."""

from datetime import UTC, datetime, timedelta

import httpx

from contracts.principal import Session
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_admin
from tests.registry.papers import a_production_app, hand_in
from tests.registry.test_console import as_page, post

HERE = "/admin/approvals"


async def waiting(http: httpx.AsyncClient, name: str) -> tuple[int, int]:
    """A request and its app."""
    me = a_developer()
    app = await a_production_app(http, me, name=name)
    request = await hand_in(http, me, app["id"])
    assert 201 == request.status_code, request.text
    return request.json()["id"], app["id"]


async def status(http: httpx.AsyncClient, app_id: int) -> str:
    boss = an_admin()
    found = (await http.get("/api/v1/admin/applications?q=&per_page=100", headers=as_caller(boss))).json()
    return next(str(app["status"]) for app in found if app["id"] == app_id)


async def test_the_queue_and_a_request(http: httpx.AsyncClient, peers: Peers) -> None:
    """Administrators see what waits with flags, score, hosts and the document; nobody else does."""
    boss = an_admin(csrf_token="boss")
    number, app_id = await waiting(http, "Queue <i>")
    page = await http.get(f"{HERE}?sort=score", headers=as_page(boss))
    for part in ("Queue &lt;i&gt;", "https://notes.acme.example/cb", "Not proven", "New account"):
        assert part in page.text, part
    closely = await http.get(f"{HERE}/{number}", headers=as_page(boss))
    for part in (f"/api/v1/admin/approvals/{number}/document", "Nobody has proven", "acknowledged_flags", "Suspend"):
        assert part in closely.text, part
    developer = Session(**{name: getattr(boss, name) for name in boss.__struct_fields__} | {"role": "developer"})
    for path in (HERE, f"{HERE}/{number}"):
        assert 403 == (await http.get(path, headers=as_page(developer))).status_code
    assert 403 == (await post(http, f"{HERE}/{number}/reject", developer, words="Not today, sorry.")).status_code
    assert 404 == (await http.get(f"{HERE}/999999", headers=as_page(boss))).status_code
    assert 200 == (await http.get(f"{HERE}?state=approved&page=2", headers=as_page(boss))).status_code
    assert "pending" == await status(http, app_id)


async def test_approving_needs_every_flag_and_a_fresh_proof(http: httpx.AsyncClient, peers: Peers) -> None:
    """Without the flags it is shown again; of a stale sign-in the person confirms first; then the app is live."""
    boss = an_admin(csrf_token="boss")
    number, app_id = await waiting(http, "Approved")
    forgotten = await post(http, f"{HERE}/{number}/approve", boss)
    assert (422, True) == (forgotten.status_code, 'role="alert"' in forgotten.text)
    flags = {"acknowledged_flags": ["new_developer_account"]}
    stale = an_admin(csrf_token="stale", authenticated_at=datetime.now(UTC) - timedelta(hours=1))
    confirm = await post(http, f"{HERE}/{number}/approve", stale, **flags)
    assert (303, True) == (confirm.status_code, confirm.headers["location"].startswith("/session/confirm"))
    assert "pending" == await status(http, app_id)
    done = await post(http, f"{HERE}/{number}/approve", boss, **flags, note="Looks fine.")
    assert (303, f"{HERE}/{number}") == (done.status_code, done.headers["location"])
    assert "approved" == await status(http, app_id)
    assert 409 == (await post(http, f"{HERE}/{number}/approve", boss, **flags)).status_code


async def test_the_other_decisions(http: httpx.AsyncClient, peers: Peers) -> None:
    """Reject and hold need words; suspending and lifting work from the request; what does not exist is 404."""
    boss = an_admin(csrf_token="boss")
    rejected, first = await waiting(http, "Rejected")
    held, second = await waiting(http, "Held")
    assert 422 == (await post(http, f"{HERE}/{rejected}/reject", boss, words="no")).status_code
    assert 303 == (await post(http, f"{HERE}/{rejected}/reject", boss, words="This is not your company.")).status_code
    assert 303 == (await post(http, f"{HERE}/{held}/request_changes", boss, words="Prove your host first.")).status_code
    assert ("rejected", "changes_requested") == (await status(http, first), await status(http, second))
    assert 303 == (await post(http, f"{HERE}/{held}/suspend", boss, words="Phishing was reported.")).status_code
    assert "suspended" == await status(http, second)
    assert "Lift the suspension" in (await http.get(f"{HERE}/{held}", headers=as_page(boss))).text
    assert 303 == (await post(http, f"{HERE}/{held}/unsuspend", boss)).status_code
    assert "changes_requested" == await status(http, second)
    assert 404 == (await post(http, f"{HERE}/{held}/explode", boss)).status_code
    assert (
        403 == (await http.post(f"{HERE}/{held}/reject", data={"words": "x" * 20}, headers=as_page(boss))).status_code
    )
