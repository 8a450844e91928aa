"""The page of one's organisations: who is in them, who is invited, and the forms for both."""

import httpx
import pytest

from chassis.postgres import Database
from contracts.principal import Session
from services.registry.ground import Ground
from services.registry.organizations import store as organizations
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_session
from tests.registry.test_console import as_page, invited, post

HERE = "/developer/memberships"
TEAM = "/api/v1/developer"


@pytest.fixture
async def owner(db: Database, ground: Ground) -> Session:
    person = a_session(csrf_token="owner")
    async with db.transaction() as tx:
        await organizations.upsert_developer(tx, person.user_id, "owner@acme.example", 1, ground.clock.now())
    return person


async def founded(http: httpx.AsyncClient, person: Session) -> str:
    """The slug of a new organisation, made by the form."""
    made = await post(http, f"{HERE}/organizations", person, new_name="Acme")
    assert 303 == made.status_code, made.text
    return made.headers["location"].partition("organization=")[2]


async def joined(http: httpx.AsyncClient, ground: Ground, db: Database, owner: Session) -> tuple[Session, int]:
    """A guest of the owner's personal organisation, and the number of the membership."""
    guest = a_session(csrf_token="guest")
    link = await invited(http, ground, db, owner, guest)
    await post(http, "/developer/invitations/accept", guest, token=link.partition("token=")[2])
    members = (await http.get(f"{TEAM}/memberships", headers=as_caller(owner))).json()
    return guest, next(one["id"] for one in members if one["user"]["id"] == guest.user_id)


async def test_inviting_by_a_form(http: httpx.AsyncClient, peers: Peers, owner: Session) -> None:
    """The invitation waits on the page, is sent again at most once in five minutes, and is taken back."""
    slug = await founded(http, owner)
    page = f"{HERE}?organization={slug}"
    sent = await post(http, f"{HERE}/invite", owner, organization=slug, email="ann@acme.example", role="admin")
    assert (303, page) == (sent.status_code, sent.headers["location"])
    assert "ann@acme.example" in (await http.get(page, headers=as_page(owner))).text
    headers = {**as_caller(owner), "x-logi-organization": slug}
    (waiting,) = (await http.get(f"{TEAM}/invitations", headers=headers)).json()
    assert "admin" == waiting["role"]
    at = f"{HERE}/invitations/{waiting['id']}"
    assert 429 == (await post(http, f"{at}/resend", owner, organization=slug)).status_code
    wrong = await post(http, f"{HERE}/invite", owner, organization=slug, email="<b>no", role="admin")
    assert (422, True, True) == (wrong.status_code, "&lt;b&gt;no" in wrong.text, 'aria-invalid="true"' in wrong.text)
    assert 303 == (await post(http, f"{at}/cancel", owner, organization=slug)).status_code
    assert [] == (await http.get(f"{TEAM}/invitations", headers=headers)).json()
    over = await post(http, f"{HERE}/invite", owner, organization=slug, email="ann@acme.example", role="admin")
    assert (429, True) == (over.status_code, "five minutes" in over.text)


async def test_members_by_a_form(
    http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers, owner: Session
) -> None:
    """Roles change and people go; the last owner stays, and the page says so; a developer has no such forms."""
    guest, number = await joined(http, ground, db, owner)
    slug = f"personal-{owner.user_id}"
    theirs = (await http.get(f"{HERE}?organization={slug}", headers=as_page(guest))).text
    assert ("/role" in theirs, "/invite" in theirs, f"{HERE}/{number}/remove" in theirs) == (False, False, True)
    wanted = {"organization": slug, "role": "owner", "name": "x", "email": "x@acme.example"}
    for path in (f"{number}/role", "invite", "rename"):
        assert 403 == (await post(http, f"{HERE}/{path}", guest, **wanted)).status_code
    assert 303 == (await post(http, f"{HERE}/{number}/role", owner, organization=slug, role="admin")).status_code
    members = (await http.get(f"{TEAM}/memberships", headers=as_caller(owner))).json()
    assert ["owner", "admin"] == [one["role"] for one in members]
    last = await post(http, f"{HERE}/{members[0]['id']}/role", owner, organization=slug, role="developer")
    assert (409, True) == (last.status_code, "at least one owner" in last.text)
    left = await post(http, f"{HERE}/{number}/remove", guest, organization=slug)
    assert (303, f"{HERE}?organization=personal-{guest.user_id}") == (left.status_code, left.headers["location"])
    assert 404 == (await http.get(f"{HERE}?organization={slug}", headers=as_page(guest))).status_code


async def test_a_member_is_let_go(
    http: httpx.AsyncClient, ground: Ground, db: Database, peers: Peers, owner: Session
) -> None:
    """The owner stays where they are; the organisation is not there any more for whoever went."""
    guest, number = await joined(http, ground, db, owner)
    slug = f"personal-{owner.user_id}"
    gone = await post(http, f"{HERE}/{number}/remove", owner, organization=slug)
    assert (303, f"{HERE}?organization={slug}") == (gone.status_code, gone.headers["location"])
    assert 404 == (await http.get(f"{HERE}?organization={slug}", headers=as_page(guest))).status_code


async def test_names_by_a_form(http: httpx.AsyncClient, owner: Session) -> None:
    """An organisation is made and renamed; a name that is none is shown again; nothing happens without a token."""
    slug = await founded(http, owner)
    assert 303 == (await post(http, f"{HERE}/rename", owner, organization=slug, name="Acme <Ltd>")).status_code
    page = await http.get(f"{HERE}?organization={slug}", headers={**as_page(owner), "accept-language": "ko"})
    assert ("Acme &lt;Ltd&gt;" in page.text, 'lang="ko"' in page.text) == (True, True)
    assert 422 == (await post(http, f"{HERE}/organizations", owner, organization=slug, new_name=" ")).status_code
    stolen = await http.post(f"{HERE}/rename", data={"organization": slug, "name": "Mine"}, headers=as_page(owner))
    assert 403 == stolen.status_code
    stranger = a_session(csrf_token="stranger")
    assert 404 == (await post(http, f"{HERE}/rename", stranger, organization=slug, name="Mine")).status_code
    elsewhere = await post(http, f"{HERE}/rename", owner, organization="//evil.example", name="x")
    assert 404 == elsewhere.status_code


async def test_whoever_has_shown_no_address_invites_nobody(http: httpx.AsyncClient) -> None:
    """Our mails go out for people whose own address is known to be theirs."""
    nobody = a_session(csrf_token="n", identity_verified_level=0)
    headers = {**as_caller(nobody), "x-logi-csrf-token": "n"}
    body = {"email": "ann@acme.example", "role": "developer"}
    refused = await http.post(f"{TEAM}/invitations", json=body, headers=headers)
    assert (403, "identity_verification_required") == (refused.status_code, refused.json()["error"])


async def test_a_hundred_mails_a_day(http: httpx.AsyncClient, db: Database, owner: Session) -> None:
    """Inviting and taking back over and over ends: what was sent counts, whatever became of it."""
    slug = await founded(http, owner)
    await db.execute(
        """
        insert into invitations (organization_id, email, role, state, token_sha256, invited_by, created_at, sent_at,
            expires_at)
        select o.id, n || '@x.example', 'developer', 'cancelled', sha256((slug || n)::bytea), 1, now(), now(), now()
        from generate_series(1, 100) n, developer_organizations o where o.slug = $1
        """,
        slug,
    )
    over = await post(http, f"{HERE}/invite", owner, organization=slug, email="ann@acme.example")
    assert (429, True) == (over.status_code, "a hundred" in over.text)
