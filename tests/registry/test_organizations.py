"""Organisations of developers: roles, invitations by mail, and the last owner."""

import asyncio
import re
from typing import Any

import httpx
import msgspec

from chassis.postgres import Database
from contracts.events.auth import AccountClosed, AccountPurged, AccountRestored, User
from contracts.ids import new_event_id
from contracts.principal import Pak
from services.registry.ground import Ground
from services.registry.organizations import depart
from services.registry.organizations import store as organizations
from services.registry.peers import Peers
from tests.gateless import as_caller
from tests.registry.builders import a_developer, a_session, an_app

APPS = "/api/v1/applications"
TEAM = "/api/v1/developer"
SCOPES = ("apps:manage", "team:manage")


def a_member() -> Pak:
    return a_developer(scopes=SCOPES)


async def known(ground: Ground, person: Pak) -> str:
    """Registry has heard of the account; returns its address."""
    email = f"dev-{person.user_id}@acme.example"
    async with ground.db.transaction() as tx:
        await organizations.upsert_developer(tx, person.user_id, email, 1, ground.clock.now())
    return email


async def joined(http: httpx.AsyncClient, ground: Ground, owner: Pak, slug: str, role: str) -> Pak:
    """A new person in the organisation, invited and accepted."""
    person = a_member()
    email = await known(ground, person)
    headers = {**as_caller(owner), "x-logi-organization": slug}
    invited = await http.post(f"{TEAM}/invitations", json={"email": email, "role": role}, headers=headers)
    assert 201 == invited.status_code, invited.text
    accepted = await accept(http, ground.db, person)
    assert 200 == accepted.status_code, accepted.text
    return person


async def token(db: Database) -> str:
    payload = await db.fetchval(
        "select payload from outbox where tag = 'registry.letter.asked' order by id desc limit 1"
    )
    return re.findall(r"token=([\w-]+)", bytes(payload).decode())[0]


async def accept(http: httpx.AsyncClient, db: Database, person: Pak, **changes: int) -> httpx.Response:
    headers = as_caller(a_session(user_id=person.user_id, **changes))
    return await http.post(f"{TEAM}/invitations/accept", json={"token": await token(db)}, headers=headers)


async def test_an_organization_of_several(http: httpx.AsyncClient, ground: Ground) -> None:
    """A developer makes apps and edits their own, an admin edits all, and only both keepers rotate and delete."""
    owner = a_member()
    slug = (await http.post(f"{TEAM}/organizations", json={"name": "Acme & Söhne"}, headers=as_caller(owner))).json()[
        "slug"
    ]
    assert slug.startswith("acme-sohne-")
    developer = await joined(http, ground, owner, slug, "developer")
    admin = await joined(http, ground, owner, slug, "admin")
    chosen = {"x-logi-organization": slug}
    made = await http.post(APPS, json=an_app(), headers={**as_caller(developer), **chosen})
    assert slug == made.json()["organization"]
    one = f"{APPS}/{made.json()['id']}"
    body = {"application": {"name": "Renamed"}}
    assert 200 == (await http.patch(one, json=body, headers=as_caller(developer))).status_code
    assert 200 == (await http.patch(one, json=body, headers=as_caller(admin))).status_code
    refused = [
        await http.post(f"{one}/rotate_secret", headers=as_caller(developer)),
        await http.delete(one, headers=as_caller(developer)),
        await http.post(f"{TEAM}/invitations", json={"email": "x@y.example", "role": "developer"},
                        headers={**as_caller(developer), **chosen}),
        await http.patch(f"{TEAM}/organization", json={"name": "Mine"}, headers={**as_caller(developer), **chosen}),
    ]  # fmt: skip
    assert [(403, "forbidden_role")] * 4 == [(answer.status_code, answer.json()["error"]) for answer in refused]
    other = await http.post(APPS, json=an_app(name="Others"), headers={**as_caller(admin), **chosen})
    mine, owners = made.json()["id"], other.json()["id"]
    for person, shown in ((developer, {mine}), (owner, {mine, owners})):
        listed = (await http.get(f"{APPS}?organization={slug}", headers=as_caller(person))).json()
        assert shown == {app["id"] for app in listed if "risk_flags" in app}
        alone = [(await http.get(f"{APPS}/{number}", headers=as_caller(person))).json() for number in (mine, owners)]
        assert shown == {app["id"] for app in alone if "risk_flags" in app}
    edited = await http.patch(f"{APPS}/{other.json()['id']}", json=body, headers=as_caller(developer))
    assert 403 == edited.status_code
    assert 200 == (await http.post(f"{one}/rotate_secret", headers=as_caller(admin))).status_code
    filtered = await http.get(APPS, params={"organization": slug}, headers=as_caller(owner))
    assert {"Renamed", "Others"} == {app["name"] for app in filtered.json()}


async def test_the_last_owner_stays(http: httpx.AsyncClient, ground: Ground) -> None:
    """Neither alone nor both at once do the last owners go; only owners make owners."""
    first = a_member()
    slug = (await http.post(f"{TEAM}/organizations", json={"name": "Duo"}, headers=as_caller(first))).json()["slug"]
    chosen = {"x-logi-organization": slug}
    second = await joined(http, ground, first, slug, "admin")
    members = (await http.get(f"{TEAM}/memberships", headers={**as_caller(first), **chosen})).json()
    ids = {member["user"]["id"]: member["id"] for member in members}
    mine, theirs = (f"{TEAM}/memberships/{ids[person.user_id]}" for person in (first, second))
    assert (409, "last_owner") == _refusal(await http.delete(mine, headers=as_caller(first)))
    assert 403 == (await http.patch(theirs, json={"role": "owner"}, headers=as_caller(second))).status_code
    assert 200 == (await http.patch(theirs, json={"role": "owner"}, headers=as_caller(first))).status_code
    both = await asyncio.gather(
        http.delete(mine, headers=as_caller(first)), http.delete(theirs, headers=as_caller(second))
    )
    assert [204, 409] == sorted(answer.status_code for answer in both)
    assert 404 == (await http.delete(mine, headers=as_caller(a_member()))).status_code


async def test_invitations(http: httpx.AsyncClient, ground: Ground, db: Database) -> None:
    """A token is good once, for the invited address, and the newest of them; a second invitation waits its turn."""
    owner, guest, stranger = a_member(), a_member(), a_member()
    email = await known(ground, guest)
    await known(ground, stranger)
    headers = as_caller(owner)
    body = {"email": email.upper(), "role": "developer"}
    made = await http.post(f"{TEAM}/invitations", json=body, headers=headers)
    assert (201, email, "pending") == (made.status_code, made.json()["email"], made.json()["state"])
    assert (409, "invitation_pending") == _refusal(await http.post(f"{TEAM}/invitations", json=body, headers=headers))
    again = await http.post(f"{TEAM}/invitations/{made.json()['id']}/resend", headers=headers)
    assert (429, "rate_limited") == _refusal(again)
    assert 295 < int(again.headers["retry-after"]) <= 301
    assert (403, "other_address") == _refusal(await accept(http, db, stranger))
    assert (403, "other_address") == _refusal(await accept(http, db, guest, identity_verified_level=0))
    old = await token(db)
    await db.execute("update invitations set sent_at = sent_at - interval '6 minutes' where id = $1", made.json()["id"])
    assert 200 == (await http.post(f"{TEAM}/invitations/{made.json()['id']}/resend", headers=headers)).status_code
    session = as_caller(a_session(user_id=guest.user_id))
    assert 404 == (await http.post(f"{TEAM}/invitations/accept", json={"token": old}, headers=session)).status_code
    assert 200 == (await accept(http, db, guest)).status_code
    assert (410, "invitation_ended") == _refusal(await accept(http, db, guest))
    assert (409, "already_member") == _refusal(await http.post(f"{TEAM}/invitations", json=body, headers=headers))
    assert (
        422
        == (await http.post(f"{TEAM}/invitations", json={"email": "no", "role": "admin"}, headers=headers)).status_code
    )


async def test_five_organizations(http: httpx.AsyncClient) -> None:
    """The personal one and four more; a sixth is refused."""
    me = as_caller(a_member())
    for number in range(4):
        assert 201 == (await http.post(f"{TEAM}/organizations", json={"name": f"Org {number}"}, headers=me)).status_code
    sixth = await http.post(f"{TEAM}/organizations", json={"name": "One more"}, headers=me)
    assert (409, "too_many_organizations") == _refusal(sixth)
    mine = (await http.get(f"{TEAM}/organizations", headers=me)).json()
    assert [True, False, False, False, False] == [each["personal"] for each in mine]


async def test_a_deleted_account_takes_its_apps(http: httpx.AsyncClient, ground: Ground) -> None:
    """Its personal organisation's apps are trashed and announced; who solely owns others is told to auth before."""
    me = a_member()
    app = (await http.post(APPS, json=an_app(), headers=as_caller(me))).json()
    slug = (await http.post(f"{TEAM}/organizations", json={"name": "Left"}, headers=as_caller(me))).json()["slug"]
    await joined(http, ground, me, slug, "admin")
    assert [slug] == await organizations.solely_owned(ground.db, me.user_id)
    async with ground.db.transaction() as tx:
        await depart.person(ground, tx, me.user_id)
    assert 404 == (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).status_code
    found = await ground.db.fetchrow(
        "select deleted_at is not null as deleted from applications where id = $1", app["id"]
    )
    assert found is not None
    assert found["deleted"]


async def test_members_read_their_log(http: httpx.AsyncClient) -> None:
    """The organisation's own entries, newest first, and nobody else's."""
    me = as_caller(a_member())
    await http.post(APPS, json=an_app(), headers=me)
    await http.patch(f"{TEAM}/organization", json={"name": "Renamed org"}, headers=me)
    log = (await http.get(f"{TEAM}/audit_logs", headers=me)).json()
    assert ["organization.updated", "application.created"] == [entry["action"] for entry in log]
    page = await http.get(f"{TEAM}/audit_logs", params={"per_page": 1}, headers=me)
    assert 'rel="next"' in page.headers["link"]
    assert [] == (await http.get(f"{TEAM}/audit_logs", headers=as_caller(a_member()))).json()


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_an_organisation_of_one_goes_with_its_person_and_waits_for_them(
    http: httpx.AsyncClient, ground: Ground
) -> None:
    """Its apps are in the trash, not orphaned: who comes back finds them there, and who is gone leaves nothing."""
    me = a_member()
    slug = (await http.post(f"{TEAM}/organizations", json={"name": "Alone"}, headers=as_caller(me))).json()["slug"]
    there = {**as_caller(me), "x-logi-organization": slug}
    app = (await http.post(APPS, json=an_app(), headers=there)).json()
    peers = Peers(ground)
    user = User(
        id=me.user_id,
        sub=me.sub,
        version=2,
        email="alone@gone.example",
        role="developer",
        identity_verified_level=1,
        created_at=ground.clock.now(),
        deleted_at=ground.clock.now(),
    )
    usual: dict[str, Any] = {"event_id": new_event_id(ground.clock.now()), "occurred_at": ground.clock.now()}
    async with ground.db.transaction() as tx:
        await peers.on_user(tx, AccountClosed(user=user, purge_at=ground.clock.now(), **usual))
    assert 404 == (await http.get(f"{APPS}/{app['id']}", headers=as_caller(me))).status_code
    back = msgspec.structs.replace(user, version=3, deleted_at=None)
    async with ground.db.transaction() as tx:
        await peers.on_user(tx, AccountRestored(user=back, **usual))
    trash = (await http.get(f"{APPS}/trash", headers=as_caller(me))).json()
    assert [app["id"]] == [each["id"] for each in trash]
    gone = msgspec.structs.replace(user, version=4, email=None)
    async with ground.db.transaction() as tx:
        await peers.on_user(tx, AccountPurged(user=gone, **usual))
    left = await ground.db.fetchrow(
        "select email, (select count(*) from memberships where user_id = $1) from developers where user_id = $1",
        me.user_id,
    )
    assert (None, 0) == tuple(left or ())
