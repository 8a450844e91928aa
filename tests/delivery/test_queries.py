"""Numbers and times that no database keeps: refused as what they are, never a failure of ours."""

from typing import Any

import httpx
import pytest

from services.delivery.ground import Ground
from tests.delivery.builders import a_person, an_admin, an_application, known
from tests.delivery.registrar import Registrar
from tests.gateless import as_caller

DEVELOPER = as_caller(a_person(7))
ADMIN = as_caller(an_admin())
OUTBOX = "/api/v1/admin/webhook_outbox"
FAR = 2**63
BEFORE_TIME, AFTER_TIME = "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"


@pytest.fixture
async def deliveries(ground: Ground, registrar: Registrar) -> str:
    """Where an application of our developer has its webhooks."""
    app = an_application(webhook_url="http://127.0.0.1:9/")
    await known(ground, app)
    registrar.owns(7, app)
    return f"/api/v1/applications/{app.id}/webhook_deliveries"


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("from", BEFORE_TIME, 400),
        ("to", AFTER_TIME, 400),
        ("from", "2026-11-21T12:00:00", 400),
        ("cursor", "²", 400),
        ("cursor", str(FAR), 400),
        ("limit", str(FAR), 200),
    ],
)
async def test_deliveries(http: httpx.AsyncClient, deliveries: str, name: str, value: str, status: int) -> None:
    """Times need a zone and a place in the calendar, cursors are ours; a limit above the most is the most."""
    answer = await http.get(deliveries, params={name: value}, headers=DEVELOPER)
    assert (status, "invalid_request" if status == 400 else None) == (answer.status_code, answer.json().get("error"))


@pytest.mark.parametrize("moment", [BEFORE_TIME, "2026-11-21T12:00:00"])
async def test_recovery(http: httpx.AsyncClient, deliveries: str, moment: str) -> None:
    """The same for what is sent again."""
    answer = await http.post(f"{deliveries}/recover", json={"since": moment}, headers=DEVELOPER)
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_an_application_beyond_all_numbers(http: httpx.AsyncClient) -> None:
    """Registry is not asked for what cannot be."""
    answer = await http.get(f"/api/v1/applications/{FAR}/webhook_deliveries", headers=DEVELOPER)
    assert (422, "validation_failed") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{OUTBOX}?app={FAR}", None, 422),
        ("GET", f"{OUTBOX}/{FAR}", None, 422),
        ("POST", f"{OUTBOX}/{FAR}/retry", {"action_request_nonce": "n"}, 422),
        ("POST", f"{OUTBOX}/retry", {"since": BEFORE_TIME, "until": AFTER_TIME}, 400),
        (
            "POST",
            f"{OUTBOX}/retry",
            {"since": "2026-11-21T12:00:00Z", "until": "2026-11-22T12:00:00Z", "app": FAR},
            422,
        ),
    ],
)
async def test_of_administrators(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    """Numbers beyond what a number of ours can be are mistakes of the one who asks."""
    assert status == (await http.request(method, path, json=body, headers=ADMIN)).status_code
