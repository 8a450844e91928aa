"""From a sandbox to production and what stands in between."""

import httpx
import pytest

from chassis.postgres import Database
from contracts.principal import Session
from services.registry.ground import Ground
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_admin
from tests.registry.papers import APPS, CALLBACK, a_pdf, a_production_app, hand_in

QUEUE = "/api/v1/admin/approvals"


async def nonce(http: httpx.AsyncClient, admin: Session, action: str, target: object) -> str:
    body = {"action": action, "target": str(target)}
    made = await http.post("/api/v1/admin/action_requests", json=body, headers=as_caller(admin))
    assert 201 == made.status_code, made.text
    found: str = made.json()["nonce"]
    return found


async def approve(http: httpx.AsyncClient, request_id: int, **changes: object) -> httpx.Response:
    admin = an_admin()
    body = {
        "action_request_nonce": await nonce(http, admin, "approve", request_id),
        "risk_acknowledged": True,
        "acknowledged_flags": ["new_developer_account"],
        **changes,
    }
    return await http.post(f"{QUEUE}/{request_id}/approve", json=body, headers=as_caller(admin))


async def test_the_way_to_production(http: httpx.AsyncClient, peers: Peers, db: Database) -> None:
    """Handed in, on hold, handed in again, approved: live, production hosts served, every step audited."""
    me = a_developer()
    app = await a_production_app(http, me)
    assert "pending" == app["status"]
    made = await hand_in(http, me, app["id"])
    assert (201, "submitted", 1) == (made.status_code, made.json()["state"], made.json()["revision"])
    assert (409, "promotion_request_open") == _refusal(await hand_in(http, me, app["id"]))
    number = made.json()["id"]
    admin = as_caller(an_admin())
    held = await http.post(f"{QUEUE}/{number}/request_changes", json={"feedback": "Name the owner."}, headers=admin)
    assert "changes_requested" == held.json()["state"]
    assert "changes_requested" == (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).json()["status"]
    again = await hand_in(http, me, app["id"], method="PUT", service_description="Notes of Acme Ltd for its teams.")
    assert (200, "submitted", 2) == (again.status_code, again.json()["state"], again.json()["revision"])
    approved = await approve(http, number)
    assert (200, "approved") == (approved.status_code, approved.json()["state"])
    shown = (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).json()
    assert ("approved", "live", "production") == (shown["status"], shown["environment"], shown["tier"])
    assert peers.applied[-1].serves(CALLBACK)
    rows = await db.fetch(
        "select action from audit_log where target_id = $1 and action like 'promotion.%' order by id", str(app["id"])
    )
    steps = ["submitted", "changes_requested", "resubmitted", "approved_with_risk"]
    assert [f"promotion.{step}" for step in steps] == [row["action"] for row in rows]
    assert (409, "invalid_state") == _refusal(await approve(http, number))


async def test_a_rejected_app_may_apply_again(http: httpx.AsyncClient) -> None:
    """Rejection needs words, is told with its reason, and a new request brings the app back to review."""
    me = a_developer()
    app = await a_production_app(http, me)
    number = (await hand_in(http, me, app["id"])).json()["id"]
    admin = as_caller(an_admin())
    short = await http.post(f"{QUEUE}/{number}/reject", json={"reason": "no"}, headers=admin)
    assert (422, "validation_failed") == _refusal(short)
    await http.post(f"{QUEUE}/{number}/reject", json={"reason": "The company is unknown."}, headers=admin)
    latest = (await http.get(f"{APPS}/{app['id']}/promotion_request", headers=as_caller(me))).json()
    assert ("rejected", "The company is unknown.") == (latest["state"], latest["reason"])
    assert 201 == (await hand_in(http, me, app["id"])).status_code
    assert "pending" == (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).json()["status"]
    cancelled = await http.delete(f"{APPS}/{app['id']}/promotion_request", headers=as_caller(me))
    assert (200, "cancelled") == (cancelled.status_code, cancelled.json()["state"])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"service_description": "too short"}, "validation_failed", "service_description"),
        ({"agree_dpa": "false"}, "validation_failed", "agree_dpa"),
        ({"technical_contact_email": "nobody"}, "validation_failed", "technical_contact_email"),
        ({"service_description": None}, "validation_failed", "service_description"),
        ({"pdf": b"PK\x03\x04 a zip"}, "invalid_document", "business_registration"),
        ({"pdf": b"%PDF-1.7\n" + b"x" * 100}, "invalid_document", "business_registration"),
        ({"pdf": a_pdf(password="secret")}, "invalid_document", "business_registration"),
        ({"pdf": a_pdf(script=True)}, "invalid_document", "business_registration"),
        ({"pdf": b"%PDF-" + b"\n" * (10 * 1024 * 1024)}, "invalid_document", "business_registration"),
        ({"risk_acknowledged": "false"}, "risk_acknowledgement_required", None),
        ({"acknowledged_flags[]": []}, "risk_acknowledgement_required", None),
    ],
)
async def test_what_is_not_accepted(
    http: httpx.AsyncClient, changes: dict[str, object], code: str, field: str | None
) -> None:
    """Each fault is named with its field, and nothing is kept."""
    me = a_developer()
    app = await a_production_app(http, me)
    answer = await hand_in(http, me, app["id"], **changes)  # type: ignore[arg-type]
    assert (422, code) == _refusal(answer)
    assert field is None or field in answer.json()["fields"]
    missing = await http.get(f"{APPS}/{app['id']}/promotion_request", headers=as_caller(me))
    assert 404 == missing.status_code


async def test_the_app_itself_may_not_be_ready(http: httpx.AsyncClient) -> None:
    """A wildcard, a sandbox without external host, another's app, a mere developer."""
    me = a_developer()
    wild = await a_production_app(http, me, redirect_uris=["https://*.acme.example/cb"])
    flags = ["wildcard_redirect_uri", "new_developer_account"]
    answer = await hand_in(http, me, wild["id"], **{"acknowledged_flags[]": flags})
    assert (422, "wildcard_must_be_removed") == _refusal(answer)
    local = await a_production_app(http, me, name="Local", redirect_uris=["http://localhost/cb"])
    assert (422, "nothing_to_promote") == _refusal(await hand_in(http, me, local["id"]))
    assert 404 == (await hand_in(http, a_developer(), local["id"])).status_code


async def test_the_certificate_is_sealed_and_its_reader_named(
    http: httpx.AsyncClient, db: Database, ground: Ground
) -> None:
    """The database holds no PDF in clear; an administrator gets the very bytes, and the log says so."""
    me, pdf = a_developer(), a_pdf()
    app = await a_production_app(http, me)
    number = (await hand_in(http, me, app["id"], pdf=pdf)).json()["id"]
    sealed = await db.fetchval("select sealed from promotion_documents where request_id = $1", number)
    assert b"%PDF" not in sealed
    url = f"{QUEUE}/{number}/document"
    assert 403 == (await http.get(url, headers=as_caller(me))).status_code
    admin = an_admin()
    found = await http.get(url, headers=as_caller(admin))
    assert (200, pdf, "application/pdf") == (found.status_code, found.content, found.headers["content-type"])
    entry = await db.fetchrow("select action, actor_id from audit_log order by id desc limit 1")
    assert entry is not None
    assert ("promotion.document_viewed", admin.user_id) == tuple(entry.values())


async def test_a_promoted_app_that_changes_is_looked_at_again(http: httpx.AsyncClient, peers: Peers) -> None:
    """A new host waits unusable, a new path on an approved host does not, and all that changed is named."""
    me = a_developer()
    app = await a_production_app(http, me)
    await approve(http, (await hand_in(http, me, app["id"])).json()["id"])
    one = f"{APPS}/{app['id']}"
    same_host = f"{CALLBACK}/v2"
    await http.post(f"{one}/redirect_uris", json={"uri": same_host}, headers=as_caller(me))
    assert peers.applied[-1].serves(same_host)
    admin = as_caller(an_admin())
    assert 0 == len([each for each in (await http.get(QUEUE, headers=admin)).json() if each["kind"] == "re_review"])
    other = "https://other.acme.example/cb"
    added = await http.post(f"{one}/redirect_uris", json={"uri": other}, headers=as_caller(me))
    assert ("approved", "pending_review") == (
        added.json()["status"],
        added.json()["redirect_uri_metadata"][other]["state"],
    )
    assert not peers.applied[-1].serves(other)
    body = {"application": {"name": "Acme Notes 2", "allowed_scopes": ["openid", "email", "phone"]}}
    await http.patch(one, json=body, headers=as_caller(me))
    waiting = [each for each in (await http.get(QUEUE, headers=admin)).json() if each["application_id"] == app["id"]]
    assert [["name_changed", "new_host", "wider_scope"]] == [each["reasons"] for each in waiting]
    assert 200 == (await approve(http, waiting[0]["id"])).status_code
    assert peers.applied[-1].serves(other)


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
