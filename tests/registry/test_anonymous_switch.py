"""The switch that lets anonymous accounts in: a developer's own, in the console, right after a one-time code."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from contracts.principal import Session
from tests.gateless import as_caller
from tests.registry.builders import a_developer, a_session, an_app
from tests.registry.papers import APPS


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({"authenticated_at": timedelta(minutes=4)}, 200),
        ({"authenticated_at": timedelta(minutes=6)}, 403),
        ({"factors": ("totp",)}, 403),
        ({"factors": ("totp",), "otp_at": timedelta(minutes=4)}, 200),
        ({"factors": ("totp",), "otp_at": timedelta(minutes=6)}, 403),
        ({"factors": ("totp", "passkey"), "passkey_at": timedelta(minutes=14)}, 200),
    ],
)
async def test_what_it_takes(http: httpx.AsyncClient, shown: dict[str, Any], status: int) -> None:
    """auth.md 2.9: a code within 5 minutes, without codes the password within 5, or a passkey within 15."""
    now = datetime.now(UTC)
    owner = a_developer()
    made = (await http.post(APPS, json=an_app(), headers=as_caller(owner))).json()["id"]
    session = Session(
        **{
            "user_id": owner.user_id,
            "sub": owner.sub,
            "role": "developer",
            "identity_verified_level": 1,
            "session_id": "s",
            "csrf_token": "",
            "authenticated_at": now,
            **{name: now - value if isinstance(value, timedelta) else value for name, value in shown.items()},
        }
    )
    answer = await http.patch(
        f"/developer/applications/{made}/anonymous_grants",
        json={"allow_anonymous_grants": True},
        headers={**as_caller(session), "x-logi-csrf-token": ""},
    )
    assert status == answer.status_code, answer.text
    if status == 403:
        assert ("step_up_required", "otp") == (answer.json()["error"], answer.json()["need"])


async def test_the_switch_on_the_page(http: httpx.AsyncClient) -> None:
    """On and off by a button; an old sign-in is led to where a code is shown, and back; others find no app."""
    owner, stranger = a_session(csrf_token="me"), a_session(csrf_token="other")
    headers = {**as_caller(owner), "x-logi-csrf-token": "me"}
    made = (await http.post(APPS, json=an_app(), headers=headers)).json()["id"]
    page, switch = f"/developer/applications/{made}", f"/developer/applications/{made}/anonymous"
    for allow, says in (("yes", "This app takes people who have not said"), ("no", "only people who have signed in")):
        answer = await http.post(switch, data={"csrf_token": "me", "allow": allow}, headers=as_page(owner))
        assert (303, page) == (answer.status_code, answer.headers["location"])
        assert says in (await http.get(page, headers=as_page(owner))).text
    old = msgspec.structs.replace(owner, authenticated_at=datetime.now(UTC) - timedelta(minutes=6))
    led = await http.post(switch, data={"csrf_token": "me", "allow": "yes"}, headers=as_page(old))
    assert (303, True) == (led.status_code, led.headers["location"].startswith("/session/confirm?return_to="))
    other = await http.post(switch, data={"csrf_token": "other", "allow": "yes"}, headers=as_page(stranger))
    assert 404 == other.status_code
    forged = await http.post(switch, data={"csrf_token": "x", "allow": "yes"}, headers=as_page(owner))
    assert 403 == forged.status_code


def as_page(person: Session) -> dict[str, str]:
    return {**as_caller(person), "accept": "text/html"}
