"""The pages of developers: their apps, a form for a new one, and where the mail of an invitation leads."""

import re
from typing import Any

import httpx

from chassis.postgres import Database
from contracts import events
from contracts.events.notices import LetterAsked
from contracts.principal import Session
from services.registry.ground import Ground
from services.registry.organizations import store as organizations
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_session, an_app
from tests.registry.papers import APPS

HERE = "/developer/applications"
TEAM = "/api/v1/developer"


def as_page(person: Session) -> dict[str, str]:
    return {**as_caller(person), "accept": "text/html"}


async def post(http: httpx.AsyncClient, path: str, person: Session, **fields: Any) -> httpx.Response:
    """A form as a browser sends it."""
    return await http.post(path, data={"csrf_token": person.csrf_token, **fields}, headers=as_page(person))


async def register(http: httpx.AsyncClient, person: Session, **changes: Any) -> dict[str, Any]:
    headers = {**as_caller(person), "x-logi-csrf-token": person.csrf_token}
    made = await http.post(APPS, json=an_app(**changes), headers=headers)
    assert 201 == made.status_code, made.text
    found: dict[str, Any] = made.json()
    return found


async def test_the_list_and_an_app(http: httpx.AsyncClient, peers: Peers) -> None:
    """One's own apps and nobody else's; hostile names are text; English and Korean."""
    me, other = a_session(csrf_token="me"), a_session(csrf_token="other")
    app = await register(http, me, name="<b>Notes</b>", redirect_uris=["https://notes.acme.example/cb"])
    listed = await http.get(HERE, headers=as_page(me))
    assert (200, True) == (listed.status_code, "&lt;b&gt;Notes&lt;/b&gt;" in listed.text)
    assert "form-action 'self'" in listed.headers["content-security-policy"]
    assert app["client_id"] not in (await http.get(HERE, headers=as_page(other))).text
    closely = await http.get(f"{HERE}/{app['id']}", headers={**as_page(me), "accept-language": "ko"})
    for part in (app["client_id"], "https://notes.acme.example/cb", "심사 대기", "chart.svg", 'lang="ko"'):
        assert part in closely.text, part
    assert 404 == (await http.get(f"{HERE}/{app['id']}", headers=as_page(other))).status_code
    signed_out = await http.get(HERE, headers={"accept": "text/html"})
    assert (303, "/session/new?return_to=%2Fdeveloper%2Fapplications") == (
        signed_out.status_code,
        signed_out.headers["location"],
    )


async def test_registering_by_a_form(http: httpx.AsyncClient, peers: Peers) -> None:
    """What is wrong is said beside its field, with what was typed; then the secrets are shown, this once."""
    me = a_session(csrf_token="me")
    assert 200 == (await http.get(f"{HERE}/new", headers=as_page(me))).status_code
    given = {"name": "Notes", "client_type": "confidential", "redirect_uris": "http://evil.example/cb"}
    wrong = await post(http, f"{HERE}/new", me, **given)
    assert (422, True) == (wrong.status_code, 'aria-invalid="true"' in wrong.text)
    assert "http://evil.example/cb" in wrong.text
    given["redirect_uris"] = "http://localhost:4000/cb\r\nhttp://localhost:4000/other"
    assert 403 == (await http.post(f"{HERE}/new", data=given, headers=as_page(me))).status_code
    made = await post(http, f"{HERE}/new", me, **given)
    secret = re.search(r"logi_secret_[0-9a-f]{64}", made.text)
    assert (200, "no-store") == (made.status_code, made.headers["cache-control"])
    assert secret is not None
    (app,) = (await http.get(APPS, headers=as_caller(me))).json()
    assert ("web", 2) == (app["created_via"], len(app["redirect_uris"]))
    assert secret[0] not in (await http.get(f"{HERE}/{app['id']}", headers=as_page(me))).text
    again = await post(http, f"{HERE}/new", me, **given)
    assert (303, f"{HERE}/{app['id']}") == (again.status_code, again.headers["location"])


async def test_the_email_gate_leads_to_the_list(http: httpx.AsyncClient) -> None:
    """Whose address is not verified is led to the list, which says so (registry.md 4.1)."""
    me = a_session(csrf_token="me", identity_verified_level=0)
    for answer in (
        await http.get(f"{HERE}/new", headers=as_page(me)),
        await post(http, f"{HERE}/new", me, name="Notes", redirect_uris="http://localhost/cb"),
    ):
        assert (303, HERE) == (answer.status_code, answer.headers["location"])
    listed = (await http.get(HERE, headers=as_page(me))).text
    assert "Apps can be registered once your mail address is verified" in listed
    assert 'action="/account/verification"' in listed


async def invited(http: httpx.AsyncClient, ground: Ground, db: Database, owner: Session, guest: Session) -> str:
    """The link of the mail, for a guest whose address auth has told."""
    address = f"guest{guest.user_id}@acme.example"
    async with db.transaction() as tx:
        await organizations.upsert_developer(tx, guest.user_id, address, 1, ground.clock.now())
    headers = {**as_caller(owner), "x-logi-csrf-token": owner.csrf_token}
    made = await http.post(f"{TEAM}/invitations", json={"email": address, "role": "developer"}, headers=headers)
    assert 201 == made.status_code, made.text
    rows = await db.fetch("select payload from outbox order by id")
    letters = [told for row in rows if isinstance(told := events.decode(row["payload"]), LetterAsked)]
    return next(letter.path for letter in letters if letter.address == address)


async def test_an_invitation_is_accepted(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """The mail's link shows who invites to what and decides nothing; the button joins, once."""
    owner, guest, stranger = (a_session(csrf_token=name) for name in ("owner", "guest", "stranger"))
    link = await invited(http, ground, db, owner, guest)
    page = await http.get(link, headers=as_page(guest))
    assert ("Join" in page.text, "Decline" in page.text) == (True, True)
    wrong = await http.get(link, headers=as_page(stranger))
    assert ("Sign in with that address" in wrong.text, "/accept" in wrong.text) == (True, False)
    token = link.partition("token=")[2]
    refused = await post(http, "/developer/invitations/accept", stranger, token=token)
    assert (403, True) == (refused.status_code, "sent to another address" in refused.text)
    joined = await post(http, "/developer/invitations/accept", guest, token=token)
    assert (303, HERE) == (joined.status_code, joined.headers["location"])
    assert 2 == len((await http.get(f"{TEAM}/organizations", headers=as_caller(guest))).json())
    assert "has ended" in (await http.get(link, headers=as_page(guest))).text


async def test_an_invitation_is_declined(http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers) -> None:
    """Declined it is over, nobody joined, and the owner may invite again; a link of nothing says so."""
    owner, guest = a_session(csrf_token="owner"), a_session(csrf_token="guest")
    link = await invited(http, ground, db, owner, guest)
    token = link.partition("token=")[2]
    assert 303 == (await post(http, "/developer/invitations/decline", guest, token=token)).status_code
    assert "has ended" in (await http.get(link, headers=as_page(guest))).text
    assert 0 == await db.fetchval(
        "select count(*) from memberships where user_id = $1 and role = 'developer'", guest.user_id
    )
    unknown = await http.get("/developer/invitations?token=x", headers=as_page(guest))
    assert (200, True) == (unknown.status_code, "leads nowhere" in unknown.text)
