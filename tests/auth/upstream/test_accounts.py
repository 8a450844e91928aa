"""Whose account an identity opens, and whose it never opens (auth.md 2.6)."""

import secrets
from typing import Any

import httpx
import pytest

from services.auth import sessions
from services.auth.accounts import store as accounts
from services.auth.merging import merge
from services.auth.sessions.store import Place
from tests.auth.merging.builders import asks, sure
from tests.auth.rp import Auth
from tests.auth.upstream import elsewhere


def fresh() -> str:
    return secrets.token_hex(5)


async def person(auth: Auth, email: str, **changes: Any) -> accounts.Account:
    usual = {"email": email, "email_key": email, "password_hash": "-", "role": "user", "identity_verified_level": 1}
    async with auth.ground.db.transaction() as tx:
        made = await accounts.insert(tx, accounts.NewAccount(**{**usual, **changes}), auth.ground.clock.now())
    assert made is not None
    return made


async def enter(auth: Auth, http: httpx.AsyncClient, account: accounts.Account) -> str:
    """Gives the browser a session; its CSRF token."""
    now = auth.ground.clock.now()
    async with auth.ground.db.transaction() as tx:
        cookie, session = await sessions.begin(tx, account, ("pwd",), Place("192.0.2.7", "test"), now)
    http.cookies.set("logi_session", cookie)
    return session.csrf_token


async def whose(auth: Auth, key: str, subject: str) -> int | None:
    """The provider's `sub` is the whole login."""
    found: int | None = await auth.ground.db.fetchval(
        "select user_id from upstream_identities where connector = $1 and starts_with(subject, $2 || '~')", key, subject
    )
    return found


async def letters(auth: Auth, email: str) -> list[str]:
    rows = await auth.ground.db.fetch("select kind from mail_outbox where recipient = $1 order by id", email)
    return [row["kind"] for row in rows]


async def test_a_proved_address_opens_its_account(auth: Auth) -> None:
    """Google runs the mailbox and the account's owner proved it: it is linked, and its owner is told by mail."""
    email, subject = f"{fresh()}@gmail.com", fresh()
    account = await person(auth, email)
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, "google", f"{subject}~{email}~yes")).status_code
    assert (account.id, ["identity_linked"]) == (await whose(auth, "google", subject), await letters(auth, email))


async def test_what_an_absorbed_account_leaves_is_seen_and_removed(auth: Auth) -> None:
    """Both had Google: both sign-ins lead to the survivor, whose owner sees both and takes both away."""
    subjects, both = (fresh(), fresh()), [await person(auth, f"{fresh()}@leavings.example") for _ in range(2)]
    logins = [f"{subject}~{fresh()}@gmail.com~yes" for subject in subjects]
    for account, login in zip(both, logins, strict=True):
        async with auth.browser() as http:
            token = {"csrf_token": await enter(auth, http, account)}
            away = (await http.post("/account/identities/google/link", data=token)).headers["location"]
            await elsewhere.come_back(http, await elsewhere.sign_in_there(away, login))
    stays, goes = both
    await merge.accounts_of(auth.ground, asks(stays.id), sure(goes.id, f"t3:{fresh()}"))
    async with auth.browser() as http:
        token = {"csrf_token": await enter(auth, http, stays)}
        listed = (await http.get("/api/v1/me/connected_identities")).json()
        assert ["google", "google"] == [one["provider"] for one in listed]
        assert 2 == (await http.get("/account/identities")).text.count("Remove: Google")
        assert 303 == (await http.post("/account/identities/google/remove", data=token)).status_code
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, "google", logins[1])).status_code
    assert await whose(auth, "google", subjects[1]) not in {stays.id, goes.id}


async def test_the_address_of_an_absorbed_account_opens_the_one_that_it_became(auth: Auth) -> None:
    """A merge leads sign-ins at providers to the survivor, those that come for the first time as well."""
    email, subject, other = f"{fresh()}@gmail.com", fresh(), f"{fresh()}@survivors.example"
    goes, stays = await person(auth, email), await person(auth, other)
    await merge.accounts_of(auth.ground, asks(stays.id), sure(goes.id, f"t3:{fresh()}"))
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, "google", f"{subject}~{email}~yes")).status_code
    assert (stays.id, True) == (await whose(auth, "google", subject), "identity_linked" in await letters(auth, other))


@pytest.mark.parametrize(
    ("key", "domain"), [("google", "elsewhere.example"), ("kakao", "gmail.com"), ("acme", "gmail.com")]
)
async def test_a_word_without_authority_opens_no_account(auth: Auth, key: str, domain: str) -> None:
    """A provider that does not run the mailbox opens nobody's account: they sign in as before, and connect it there."""
    email, subject = f"{fresh()}@{domain}", fresh()
    await person(auth, email)
    async with auth.browser() as http:
        answer = await elsewhere.sign_in(http, key, f"{subject}~{email}~yes")
        assert (409, True) == (answer.status_code, "email_already_registered" in answer.text)
        assert "logi_session" not in http.cookies
    assert await whose(auth, key, subject) is None


@pytest.mark.parametrize("key", ["google", "apple", "kakao", "acme"])
async def test_linking_by_unverified_email_which_counts_as_none(auth: Auth, key: str) -> None:
    """It neither opens its owner's account nor takes the address: the new account has a synthetic one."""
    email, subject = f"{fresh()}@gmail.com", fresh()
    account = await person(auth, email)
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, key, f"{subject}~{email}~no")).status_code
    made = await whose(auth, key, subject)
    assert made not in {None, account.id}
    found = await auth.ground.db.fetchval("select email from users where id = $1", made)
    assert found.startswith(f"{key}+")
    assert found.endswith("@users.invalid")
    assert [] == await letters(auth, found)


async def test_whoever_never_proved_an_address_loses_it(auth: Auth) -> None:
    """An attacker signs up with a victim's address and a password of their own; the victim comes by Google.

    The victim gets an account of their own with the address, and what the attacker made opens nothing of it.
    """
    email, subject = f"{fresh()}@gmail.com", fresh()
    squatter = await person(auth, email, identity_verified_level=0)
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, "google", f"{subject}~{email}~yes")).status_code
    owner = await whose(auth, "google", subject)
    assert squatter.id != owner
    rows = await auth.ground.db.fetch("select id, password_hash from users where email = $1", email)
    assert [(owner, None)] == [tuple(row) for row in rows]
    assert await auth.ground.db.fetchval("select email from users where id = $1", squatter.id) is None


@pytest.mark.parametrize(
    ("key", "code"),
    [("google", "email_linked_to_other_google_account"), ("apple", "email_linked_to_other_apple_account")],
)
async def test_a_second_subject_with_the_address(auth: Auth, key: str, code: str) -> None:
    """An account that is linked to another account there is not opened by this one."""
    email, subject = f"{fresh()}@gmail.com", fresh()
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, key, f"{subject}~{email}~yes")).status_code
    async with auth.browser() as http:
        answer = await elsewhere.sign_in(http, key, f"{fresh()}~{email}~yes")
    assert (409, True) == (answer.status_code, code in answer.text)


async def test_subjects_count_per_provider(auth: Auth) -> None:
    """The same subject at two providers is two people."""
    subject = fresh()
    for key in ("google", "kakao"):
        async with auth.browser() as http:
            assert 303 == (await elsewhere.sign_in(http, key, f"{subject}~{fresh()}@gmail.com~yes")).status_code
    assert await whose(auth, "google", subject) != await whose(auth, "kakao", subject)


async def test_a_suspended_account_stays_shut(auth: Auth) -> None:
    """By whatever provider its owner comes."""
    email, subject = f"{fresh()}@gmail.com", fresh()
    login = f"{subject}~{email}~yes"
    async with auth.browser() as http:
        await elsewhere.sign_in(http, "google", login)
        await auth.ground.db.execute("update users set suspended_at = now() where email = $1", email)
        answer = await elsewhere.sign_in(http, "google", login)
        assert (403, True) == (answer.status_code, "account_unusable" in answer.text)
        assert 403 == (await elsewhere.sign_in(http, "apple", f"{fresh()}~{email}~yes")).status_code


async def test_a_second_factor_is_asked_for(auth: Auth) -> None:
    """No provider leads around it: the browser is sent to the page that asks, with no session."""
    email, subject = f"{fresh()}@gmail.com", fresh()
    account = await person(auth, email)
    now = auth.ground.clock.now()
    await auth.ground.db.execute(
        "insert into totp_seeds (user_id, sealed, created_at, confirmed_at) values ($1, $2, $3, $3)",
        account.id,
        b"-",
        now,
    )
    async with auth.browser() as http:
        answer = await elsewhere.sign_in(http, "google", f"{subject}~{email}~yes")
        assert (303, "/session/second?return_to=%2Fconsole") == (answer.status_code, answer.headers["location"])
        assert "logi_session" not in http.cookies


async def test_an_absorbed_account_leads_to_its_survivor(auth: Auth) -> None:
    """After a merge the identities of both accounts open the one that lives."""
    email, subject = f"{fresh()}@gmail.com", fresh()
    login = f"{subject}~{email}~yes"
    survivor = await person(auth, f"{fresh()}@shop.example")
    async with auth.browser() as http:
        await elsewhere.sign_in(http, "google", login)
    absorbed = await whose(auth, "google", subject)
    await auth.ground.db.execute(
        "update users set merged_into = $2, suspended_at = now() where id = $1", absorbed, survivor.id
    )
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, "google", login)).status_code
    newest = "select user_id from sessions order by authenticated_at desc limit 1"
    assert survivor.id == await auth.ground.db.fetchval(newest)


async def test_linking_and_removing(auth: Auth) -> None:
    """The owner connects a provider, signs in with it, and removes it; the only way in stays."""
    account = await person(auth, f"{fresh()}@shop.example")
    subject = fresh()
    login = f"{subject}~{fresh()}@gmail.com~yes"
    async with auth.browser() as http:
        token = {"csrf_token": await enter(auth, http, account)}
        away = await http.post("/account/identities/google/link", data=token)
        assert 303 == away.status_code, away.text
        answer = await elsewhere.come_back(http, await elsewhere.sign_in_there(away.headers["location"], login))
        assert (302, "/account/identities") == (answer.status_code, answer.headers["location"])
        assert account.id == await whose(auth, "google", subject)
        assert "Remove: Google" in (await http.get("/account/identities")).text
        listed = (await http.get("/api/v1/me/connected_identities")).json()
        assert [("google", "Google")] == [(one["provider"], one["name"]) for one in listed]
        await auth.ground.db.execute("update users set password_hash = null where id = $1", account.id)
        refused = await http.post("/account/identities/google/remove", data=token)
        assert (409, True) == (refused.status_code, "last_identity" in refused.text)
        # A provider that is not set up any more lets nobody in, so it is no other way.
        await auth.ground.db.execute(
            """insert into upstream_identities (user_id, connector, subject, linked_at, last_used_at)
            values ($1, 'gone', $2, now(), now())""",
            account.id,
            subject,
        )
        assert 409 == (await http.post("/account/identities/google/remove", data=token)).status_code
        await auth.ground.db.execute("delete from upstream_identities where connector = 'gone'")
        await auth.ground.db.execute("update users set password_hash = '-' where id = $1", account.id)
        headers = {"x-logi-csrf-token": token["csrf_token"]}
        assert 204 == (await http.delete("/api/v1/me/connected_identities/google", headers=headers)).status_code
        assert 404 == (await http.delete("/api/v1/me/connected_identities/google", headers=headers)).status_code
        assert [] == (await http.get("/api/v1/me/connected_identities")).json()


async def test_somebody_elses_identity_is_not_linked(auth: Auth) -> None:
    """409, and it goes on opening the account that it opened."""
    subject = fresh()
    login = f"{subject}~{fresh()}@gmail.com~yes"
    async with auth.browser() as http:
        await elsewhere.sign_in(http, "google", login)
    owner = await whose(auth, "google", subject)
    account = await person(auth, f"{fresh()}@shop.example")
    async with auth.browser() as http:
        token = {"csrf_token": await enter(auth, http, account)}
        away = (await http.post("/account/identities/google/link", data=token)).headers["location"]
        answer = await elsewhere.come_back(http, await elsewhere.sign_in_there(away, login))
        assert (409, True) == (answer.status_code, "identity_owned_by_another_account" in answer.text)
    assert owner == await whose(auth, "google", subject)


async def test_a_link_counts_for_who_set_out(auth: Auth) -> None:
    """Somebody else has signed in to this browser meanwhile: nothing is linked to either. Nor without a token."""
    first, second = await person(auth, f"{fresh()}@a.example"), await person(auth, f"{fresh()}@b.example")
    subject = fresh()
    async with auth.browser() as http:
        token = await enter(auth, http, first)
        assert 403 == (await http.post("/account/identities/google/link", data={"csrf_token": "-"})).status_code
        away = (await http.post("/account/identities/google/link", data={"csrf_token": token})).headers["location"]
        await enter(auth, http, second)
        request = await elsewhere.sign_in_there(away, f"{subject}~{fresh()}@gmail.com~yes")
        assert 400 == (await elsewhere.come_back(http, request)).status_code
    assert await whose(auth, "google", subject) is None
