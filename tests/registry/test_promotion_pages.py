"""Applying for production by a form, and where an application stands."""

from typing import Any

import httpx
import pytest

from contracts.principal import Session
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_session, an_admin
from tests.registry.papers import a_pdf
from tests.registry.test_console import as_page, post, register

URI = "https://notes.acme.example/cb"


async def hand_in(http: httpx.AsyncClient, person: Session, app_id: int, **changes: Any) -> httpx.Response:
    pdf = changes.pop("pdf", a_pdf())
    given = {
        "csrf_token": person.csrf_token,
        "service_description": "Notes for teams, with sign-in for everybody.",
        "technical_contact_email": "tech@acme.example",
        "agree_tos": "true",
        "agree_dpa": "true",
        "acknowledged_flags": ["new_developer_account"],
        **changes,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    files = {"business_registration": ("c.pdf", pdf, "application/pdf")}
    path = f"/developer/applications/{app_id}/promotion"
    return await http.post(path, data=fields, files=files, headers=as_page(person))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"service_description": "short & <b>"}, "short &amp; &lt;b&gt;"),
        ({"pdf": b"<html>"}, 'id="business_registration-error"'),
        ({"agree_dpa": None}, "has to be agreed to"),
        ({"acknowledged_flags": None}, 'role="alert"'),
    ],
)
async def test_what_is_wrong(http: httpx.AsyncClient, peers: Peers, changes: dict[str, Any], said: str) -> None:
    """It is said beside its field, and what was typed stays."""
    me = a_session(csrf_token="me")
    app = await register(http, me, redirect_uris=[URI])
    wrong = await hand_in(http, me, app["id"], **changes)
    assert (422, True) == (wrong.status_code, said in wrong.text)


async def test_applying(http: httpx.AsyncClient, peers: Peers) -> None:
    """The form names the app's flags; handed in it waits, cannot be handed in twice, and can be taken back."""
    me = a_session(csrf_token="me")
    app = await register(http, me, redirect_uris=[URI])
    here = f"/developer/applications/{app['id']}/promotion"
    assert here in (await http.get(f"/developer/applications/{app['id']}", headers=as_page(me))).text
    page = await http.get(here, headers=as_page(me))
    assert ("multipart/form-data" in page.text, "New account" in page.text) == (True, True)
    done = await hand_in(http, me, app["id"])
    assert (303, here) == (done.status_code, done.headers["location"])
    waiting = await http.get(here, headers=as_page(me))
    assert ("Submitted" in waiting.text, "multipart" in waiting.text) == (True, False)
    assert 409 == (await hand_in(http, me, app["id"])).status_code
    assert 303 == (await post(http, f"{here}/cancel", me)).status_code
    assert "Cancelled" in (await http.get(here, headers=as_page(me))).text


async def test_again_after_changes(http: httpx.AsyncClient, peers: Peers) -> None:
    """What to change is shown, and the same form hands it in once more, as its second revision."""
    me, boss = a_session(csrf_token="me"), an_admin(csrf_token="boss")
    app = await register(http, me, redirect_uris=[URI])
    assert 303 == (await hand_in(http, me, app["id"])).status_code
    url = f"/api/v1/applications/{app['id']}/promotion_request"
    number = (await http.get(url, headers=as_caller(me))).json()["id"]
    held = await post(http, f"/admin/approvals/{number}/request_changes", boss, words="Say who your users are.")
    assert 303 == held.status_code
    page = await http.get(f"/developer/applications/{app['id']}/promotion", headers=as_page(me))
    assert ("Say who your users are." in page.text, "multipart" in page.text) == (True, True)
    assert 303 == (await hand_in(http, me, app["id"])).status_code
    found = (await http.get(url, headers=as_caller(me))).json()
    assert ("submitted", 2) == (found["state"], found["revision"])


async def test_strangers_and_forgers(http: httpx.AsyncClient, peers: Peers) -> None:
    """Another person's app does not exist, and a form without its token changes nothing."""
    me, other = a_session(csrf_token="me"), a_session(csrf_token="other")
    app = await register(http, me, redirect_uris=[URI])
    page = await http.get(f"/developer/applications/{app['id']}/promotion", headers=as_page(other))
    assert 404 == page.status_code
    assert 404 == (await hand_in(http, other, app["id"])).status_code
    assert 403 == (await hand_in(http, me, app["id"], csrf_token="forged")).status_code
