"""What administrators do, and what nobody else does."""

from datetime import UTC, datetime, timedelta

import httpx

from chassis.clock import SystemClock
from chassis.postgres import Database
from contracts.principal import Pak, Session
from services.registry.audit import verify
from services.registry.ground import Ground
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_admin, an_app
from tests.registry.papers import APPS, a_production_app, hand_in
from tests.registry.test_promotion import QUEUE, nonce

ADMIN = "/api/v1/admin"


async def test_suspension_and_its_end(http: httpx.AsyncClient, peers: Peers) -> None:
    """Suspended with a reason and a nonce of its own, told to auth at once, and back to where it was."""
    app = (await http.post(APPS, json=an_app(), headers=as_caller(a_developer()))).json()
    one, admin = f"{ADMIN}/applications/{app['id']}", an_admin()
    body = {"reason": "Phishing was reported.", "action_request_nonce": await nonce(http, admin, "suspend", app["id"])}
    done = await http.post(f"{one}/suspend", json=body, headers=as_caller(admin))
    assert (200, "suspended", "complete") == (done.status_code, done.json()["status"], done.json()["propagation"])
    assert not peers.applied[-1].usable
    assert (409, "invalid_state") == _refusal(await http.post(f"{one}/suspend", json=body, headers=as_caller(admin)))
    lifting = {"action_request_nonce": await nonce(http, admin, "unsuspend", app["id"])}
    back = await http.post(f"{one}/unsuspend", json=lifting, headers=as_caller(admin))
    assert (200, "sandbox") == (back.status_code, back.json()["status"])
    assert peers.applied[-1].usable


async def test_nonces(http: httpx.AsyncClient, ground: Ground) -> None:
    """Good once, for one administrator, one act, one target; never for who did not show lately who they are."""
    made_apps = [await http.post(APPS, json=an_app(), headers=as_caller(a_developer())) for _ in range(2)]
    first, second = (answer.json()["id"] for answer in made_apps)
    admin = an_admin()
    made = await nonce(http, admin, "suspend", first)

    async def suspend(number: int, given: str, by: object = admin) -> httpx.Response:
        body = {"reason": "A reason of some length.", "action_request_nonce": given}
        return await http.post(f"{ADMIN}/applications/{number}/suspend", json=body, headers=as_caller(by))  # type: ignore[arg-type]

    assert (403, "step_up_required") == _refusal(await suspend(second, made))
    assert (403, "step_up_required") == _refusal(await suspend(first, made, an_admin()))
    assert (403, "step_up_required") == _refusal(await suspend(first, "no nonce at all"))
    assert 200 == (await suspend(first, made)).status_code
    lifting = {"action_request_nonce": await nonce(http, admin, "unsuspend", first)}
    await http.post(f"{ADMIN}/applications/{first}/unsuspend", json=lifting, headers=as_caller(admin))
    assert (409, "nonce_used") == _refusal(await suspend(first, made))
    stale = an_admin(authenticated_at=datetime.now(UTC) - timedelta(minutes=16))
    asked = await http.post(f"{ADMIN}/action_requests", json={"action": "a", "target": "1"}, headers=as_caller(stale))
    assert (403, "step_up_required") == _refusal(asked)

    async def ask(admin: Session) -> httpx.Response:
        body = {"action": "a", "target": "1"}
        return await http.post(f"{ADMIN}/action_requests", json=body, headers=as_caller(admin))

    now = datetime.now(UTC)
    assert (403, "step_up_required") == _refusal(await ask(an_admin(factors=("totp",))))
    assert 201 == (await ask(an_admin(factors=("totp",), otp_at=now - timedelta(minutes=14)))).status_code
    assert 201 == (await ask(an_admin(factors=("passkey",), passkey_at=now - timedelta(minutes=14)))).status_code
    key = Pak(user_id=5, sub="5", pak_id=1, role="admin", identity_verified_level=1, scopes=("admin:review",))
    asked = await http.post(f"{ADMIN}/action_requests", json={"action": "a", "target": "1"}, headers=as_caller(key))
    assert (403, "step_up_required") == _refusal(asked)


async def test_nobody_else(http: httpx.AsyncClient) -> None:
    """Every route of the administrators refuses a developer, with a session or with a key that claims the scope."""
    routes = [
        ("GET", "/approvals"), ("GET", "/approvals/1"), ("GET", "/approvals/1/document"), ("GET", "/applications"),
        ("GET", "/audit_logs"), ("POST", "/approvals/1/approve"), ("POST", "/approvals/1/reject"),
        ("POST", "/approvals/1/request_changes"), ("POST", "/applications/1/suspend"),
        ("POST", "/applications/1/unsuspend"), ("PATCH", "/applications/1/scope_drift_policy"),
        ("PATCH", "/applications/1/allow_token_exchange"), ("POST", "/action_requests"),
    ]  # fmt: skip
    body = {
        "action_request_nonce": "x", "reason": "x" * 12, "feedback": "x" * 12, "scope_drift_policy": "block",
        "allow_token_exchange": True, "action": "approve", "target": "1",
    }  # fmt: skip
    someone = as_caller(a_developer(scopes=("admin:read", "admin:review")))
    for method, path in routes:
        given = None if method == "GET" else body
        answer = await http.request(method, f"{ADMIN}{path}", json=given, headers=someone)
        assert (403, "forbidden_role") == _refusal(answer), path


async def test_search_policy_and_log(http: httpx.AsyncClient, db: Database) -> None:
    """Apps are found by name, host and flag; a policy is set; the log is searched by its filters."""
    me, admin = a_developer(), an_admin()
    app = await a_production_app(http, me, name="Zebra Crossing", redirect_uris=["https://zebra.example/cb"])
    for wanted in ({"q": "zebra cro"}, {"q": app["client_id"]}, {"q": "zebra.example"}):
        found = await http.get(f"{ADMIN}/applications", params=wanted, headers=as_caller(admin))
        assert [app["id"]] == [each["id"] for each in found.json()], wanted
    flagged = await http.get(
        f"{ADMIN}/applications", params={"flag": "new_developer_account", "status": "pending"}, headers=as_caller(admin)
    )
    assert app["id"] in [each["id"] for each in flagged.json()]
    one = f"{ADMIN}/applications/{app['id']}"
    done = await http.patch(f"{one}/scope_drift_policy", json={"scope_drift_policy": "alert"}, headers=as_caller(admin))
    assert "alert" == done.json()["scope_drift_policy"]
    entries = await http.get(
        f"{ADMIN}/audit_logs", params={"target": f"application:{app['id']}"}, headers=as_caller(admin)
    )
    assert ["application.updated", "application.created"] == [entry["action"] for entry in entries.json()]
    assert ["admin", "pak"] == [entry["actor_type"] for entry in entries.json()]
    assert (await verify.chain(db, SystemClock().now())).fault is None


async def test_the_queue_by_age_and_by_score(http: httpx.AsyncClient) -> None:
    """Oldest first by default; by score what looks worst comes first, with each signal in words."""
    calm, odd = a_developer(), a_developer()
    first = await a_production_app(http, calm, name="Quiet Garden")
    await hand_in(http, calm, first["id"])
    second = await a_production_app(
        http, odd, name="test", redirect_uris=["https://xn--pypl-53dc.example/cb"], allowed_scopes=["openid", "a:b"]
    )
    flags = ["new_developer_account", "suspicious_app_name", "unlisted_scope"]
    made = await hand_in(http, odd, second["id"], **{"acknowledged_flags[]": flags})
    admin = as_caller(an_admin())
    mine = {first["id"], second["id"]}

    async def order(**params: str) -> list[int]:
        found = (await http.get(QUEUE, params={**params, "per_page": "100"}, headers=admin)).json()
        return [each["application_id"] for each in found if each["application_id"] in mine]

    assert [first["id"], second["id"]] == await order()
    assert [second["id"], first["id"]] == await order(sort="score")
    assert [second["id"]] == await order(flag="suspicious_app_name")
    closely = (await http.get(f"{QUEUE}/{made.json()['id']}", headers=admin)).json()
    assert "punycode" in [signal["code"] for signal in closely["signals"]]
    assert all(signal["words"].endswith(".") for signal in closely["signals"])
    assert closely["flags"][0]["detail"]


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
