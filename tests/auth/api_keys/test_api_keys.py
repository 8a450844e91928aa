"""Personal API keys by API and by page."""

import asyncio
import re
from datetime import datetime, timedelta

from contracts.ids import is_pak
from contracts.principal import Pak, Refused
from contracts.questions.auth import PrincipalOf
from services.auth.api_keys import make
from tests.auth.people import People, a_key, bearer, csrf

KEYS = "/api/v1/me/api_keys"


async def newcomers_key(house: People, email: str, *scopes: str) -> str:
    """The plain text of a key of a new person."""
    return await a_key(house, (await house.developer(email)).id, *scopes)


async def test_a_key_is_made_on_the_page_and_shown_once(house: People) -> None:
    """The page that answers the form shows the plain text; a reload does not, and nothing of it is stored."""
    await house.developer("ada@keys.example")
    async with house.signed_in("ada@keys.example") as browser:
        form = {"name": "CI", "scopes": ["apps:manage", "profile:write"], "expires_in_days": "30"}
        token = await csrf(browser, "/settings/api-keys")
        page = await browser.post("/settings/api-keys", data={**form, "csrf_token": token})
        plain = re.search(r"lpa_pat_\w+", page.text)
        assert plain
        assert is_pak(plain[0])
        assert plain[0] not in (await browser.get("/settings/api-keys")).text
        me = (await browser.get("/api/v1/me", headers=bearer(plain[0]))).json()
    assert ("ada@keys.example", "pak") == (me["user"]["email"], me["auth"])
    assert ["apps:manage", "profile:write"] == me["scopes"]
    stored = await house.ground.db.fetchrow("select * from api_keys order by id desc limit 1")
    assert plain[0] not in str(dict(stored or {}))


async def test_a_key_is_made_by_api(house: People) -> None:
    """With a session it needs the CSRF header; the list shows the last four characters only."""
    await house.developer("bob@keys.example")
    async with house.signed_in("bob@keys.example") as browser:
        wish = {"name": "agent", "scopes": ["apps:read"]}
        assert 403 == (await browser.post(KEYS, json=wish)).status_code
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        made = await browser.post(KEYS, json=wish, headers=header)
        assert 201 == made.status_code
        listed = (await browser.get(KEYS)).json()
    assert [made.json()["key"][-4:]] == [key["last4"] for key in listed]
    assert "key" not in listed[0]
    assert made.json()["expires_at"].startswith("2026-08-09")


async def test_a_key_may_stand_for_an_organisation(house: People) -> None:
    """Its slug is shown with the key, at /me, and goes with every request of the key; what is no slug is refused."""
    await house.developer("kim@keys.example")
    async with house.signed_in("kim@keys.example") as browser:
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        wish = {"name": "team", "scopes": ["apps:read"], "organization": "acme"}
        made = (await browser.post(KEYS, json=wish, headers=header)).json()
        wrong = await browser.post(KEYS, json={**wish, "organization": "A c"}, headers=header)
        assert (422, ["organization"]) == (wrong.status_code, list(wrong.json()["fields"]))
        assert ["acme"] == [key["organization"] for key in (await browser.get(KEYS)).json()]
    found = await house.resolver.of(PrincipalOf(authorization=f"Bearer {made['key']}", session=None))
    assert isinstance(found, Pak)
    async with house.browser() as script:
        me = (await script.get("/api/v1/me", headers=bearer(made["key"]))).json()
    assert ("acme", "acme") == (found.organization, me["organization"]["slug"])


async def test_the_life_of_a_key_leaves_a_trail(house: People) -> None:
    """Made, used for the first time, revoked: a line each, however often it is used."""
    account = await house.developer("lee@keys.example")
    plain = await a_key(house, account.id, "keys:manage")
    async with house.browser() as script:
        for _ in range(2):
            (key,) = (await script.get(KEYS, headers=bearer(plain))).json()
            house.clock.advance(timedelta(minutes=11))
        assert 204 == (await script.delete(f"{KEYS}/{key['id']}", headers=bearer(plain))).status_code
    rows = await house.ground.db.fetch("select action from account_audit where user_id = $1 order by id", account.id)
    assert ["pak.created", "pak.used_first_time", "pak.revoked"] == [row["action"] for row in rows]


async def test_a_key_makes_no_stronger_key(house: People) -> None:
    """A key with `keys:manage` makes keys of at most its own scopes; one without makes none."""
    plain = await newcomers_key(house, "carol@keys.example", "keys:manage", "apps:manage")
    weak = await newcomers_key(house, "carol2@keys.example", "apps:manage")
    async with house.browser() as script:
        wish = {"name": "child", "scopes": ["apps:read"]}
        assert 201 == (await script.post(KEYS, json=wish, headers=bearer(plain))).status_code
        wish["scopes"] = ["profile:write"]
        refused = await script.post(KEYS, json=wish, headers=bearer(plain))
        assert (403, "insufficient_scope") == (refused.status_code, refused.json()["error"])
        assert "profile:write" == refused.json()["required_scope"]
        assert 403 == (await script.post(KEYS, json=wish, headers=bearer(weak))).status_code


async def test_a_key_does_not_prolong_itself(house: People) -> None:
    """What a key makes ends with it at the latest, however long was asked for."""
    await house.developer("carol3@keys.example")
    async with house.signed_in("carol3@keys.example") as browser:
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        wish = {"name": "parent", "scopes": ["keys:manage"], "expires_in_days": 2}
        parent = (await browser.post(KEYS, json=wish, headers=header)).json()
    async with house.browser() as script:
        for days, ends in ((365, 2), (1, 1)):
            wish |= {"name": "child", "expires_in_days": days}
            child = (await script.post(KEYS, json=wish, headers=bearer(parent["key"]))).json()
            lives = datetime.fromisoformat(child["expires_at"]) - datetime.fromisoformat(child["created_at"])
            assert timedelta(days=ends) == lives


async def test_admin_scopes_are_for_administrators(house: People) -> None:
    """A developer gets no `admin:*` scope, whatever the form says."""
    await house.developer("dave@keys.example")
    async with house.signed_in("dave@keys.example") as browser:
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        answer = await browser.post(KEYS, json={"name": "x", "scopes": ["admin:read"]}, headers=header)
    assert (422, ["scopes"]) == (answer.status_code, list(answer.json()["fields"]))


async def test_an_old_sign_in_makes_no_key(house: People) -> None:
    """Sixteen minutes after the sign-in the API says `step_up_required`, and the page asks for the password again."""
    await house.developer("erin@keys.example")
    async with house.signed_in("erin@keys.example") as browser:
        token = await csrf(browser, "/settings/api-keys")
        house.clock.advance(timedelta(minutes=16))
        wish = {"name": "late", "scopes": ["apps:read"]}
        by_api = await browser.post(KEYS, json=wish, headers={"x-logi-csrf-token": token})
        assert (403, "step_up_required") == (by_api.status_code, by_api.json()["error"])
        here = {"referer": "http://localhost:8000/settings/api-keys"}
        page = await browser.post("/settings/api-keys", data={**wish, "csrf_token": token}, headers=here)
        assert "/session/confirm?return_to=%2Fsettings%2Fapi-keys" == page.headers["location"]
        assert 200 == (await browser.get(page.headers["location"])).status_code


async def test_twenty_keys_and_no_more(house: People) -> None:
    """Thirty makers at once get twenty keys."""
    account = await house.developer("frank@keys.example")
    made = await asyncio.gather(*(a_key(house, account.id, "apps:read") for _ in range(30)), return_exceptions=True)
    assert 10 == len([answer for answer in made if isinstance(answer, make.TooManyKeys)])


async def test_a_revoked_key_opens_nothing(house: People) -> None:
    """At once; revoking it again, or another's, is 404; each revocation moves the number that caches watch."""
    plain = await newcomers_key(house, "grace@keys.example", "keys:manage")
    other = await newcomers_key(house, "grace2@keys.example", "keys:manage")
    before = await house.ground.db.fetchval("select sequence from revocations")
    async with house.browser() as script:
        (key,) = (await script.get(KEYS, headers=bearer(plain))).json()
        assert 404 == (await script.delete(f"{KEYS}/{key['id']}", headers=bearer(other))).status_code
        assert 204 == (await script.delete(f"{KEYS}/{key['id']}", headers=bearer(plain))).status_code
        refused = await script.get(KEYS, headers=bearer(plain))
    assert (401, "unauthorized") == (refused.status_code, refused.json()["error"])
    assert Refused(why="revoked") == await house.resolver.of(PrincipalOf(authorization=f"Bearer {plain}"))
    assert before + 1 == await house.ground.db.fetchval("select sequence from revocations")


async def test_a_key_ends_on_its_day(house: People) -> None:
    """After 90 days where nothing else was said."""
    plain = await newcomers_key(house, "heidi@keys.example", "apps:read")
    house.clock.advance(timedelta(days=90))
    assert Refused(why="expired") == await house.resolver.of(PrincipalOf(authorization=f"Bearer {plain}"))


async def test_the_key_of_an_inactive_person_opens_nothing(house: People) -> None:
    """Whoever is suspended is so with all their keys."""
    plain = await newcomers_key(house, "ivan@keys.example", "apps:read")
    await house.ground.db.execute("update users set suspended_at = now() where email_key = 'ivan@keys.example'")
    assert Refused(why="user_inactive") == await house.resolver.of(PrincipalOf(authorization=f"Bearer {plain}"))


async def test_a_mistyped_key_costs_no_query(house: People) -> None:
    """The checksum finds it."""
    plain = await newcomers_key(house, "judy@keys.example", "apps:read")
    swapped = plain[:-8] + plain[-7] + plain[-8] + plain[-6:]
    if swapped == plain:
        swapped = plain[:-1] + ("a" if plain[-1] != "a" else "b")
    assert Refused(why="malformed") == await house.resolver.of(PrincipalOf(authorization=f"Bearer {swapped}"))
