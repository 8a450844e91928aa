"""Passkeys: made behind step-up, shown to one challenge once, the only factor where the device checked its user."""

import asyncio
import json
import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.auth.factors.second import PASSKEY
from services.auth.passkeys import challenges
from tests.auth.factors.builders import Authenticator, decoded, options_of, shown_codes, with_passkey
from tests.auth.people import People, a_key, bearer, csrf, sign_in, sign_up

ENTER = "/session/passkey"
API = "/api/v1/me/passkeys"


async def sign_in_with(browser: httpx.AsyncClient, key: Authenticator, **changes: Any) -> httpx.Response:
    token, options = await options_of(browser, ENTER)
    return await browser.post(ENTER, data={"csrf_token": token, "credential": key.show(options, **changes)})


async def test_a_passkey_is_enough(process: People) -> None:
    """Made through the page with ten backup codes, told by event and mail; then it signs in without a password."""
    account = await process.developer("ada@keys.example")
    key = Authenticator()
    async with process.signed_in("ada@keys.example") as first:
        before = first.cookies["logi_session"]
        made = await with_passkey(first, key)
        assert (200, 10) == (made.status_code, len(shown_codes(made.text)))
        assert before != first.cookies["logi_session"], "the session's id is renewed"
        assert "Laptop" in (await first.get("/account/passkeys")).text
    assert "passkey_added" == (await process.letters("ada@keys.example"))[-1][0]
    event = (await process.announced("auth.factor.added"))[-1]
    assert (account.sub, "passkey", 1) == (event["sub"], event["factor"], event["left"])
    async with process.browser() as browser:
        answer = await sign_in_with(browser, key)
        assert (303, "/console") == (answer.status_code, answer.headers["location"])
        assert "ada@keys.example" in (await browser.get("/console")).text
        session = await browser.get("/api/v1/me/sessions")
        current = next(one for one in session.json() if one["current"])
        assert list(PASSKEY) == current["methods"]


async def test_only_a_verified_user_needs_no_password(process: People) -> None:
    """A key that checks nobody, another host's answer, another challenge and a wrong signature open nothing."""
    await process.developer("bob@keys.example")
    held, other = Authenticator(verifies=False), Authenticator()
    async with process.signed_in("bob@keys.example") as first:
        await with_passkey(first, held)
    async with process.browser() as browser:
        assert 422 == (await sign_in_with(browser, held)).status_code
        held.verifies = True
        assert 422 == (await sign_in_with(browser, held, origin="https://evil.example")).status_code
        other.id, other.handle = held.id, held.handle
        assert 422 == (await sign_in_with(browser, other)).status_code
        token, options = await options_of(browser, ENTER)
        forged = held.show({**options, "challenge": "AAAA"})
        assert 422 == (await browser.post(ENTER, data={"csrf_token": token, "credential": forged})).status_code
        assert 422 == (await browser.post(ENTER, data={"csrf_token": token, "credential": "{"})).status_code
        assert 422 == (await browser.post(ENTER, data={"csrf_token": token, "credential": "1" * 20000})).status_code
        assert 303 == (await sign_in_with(browser, held)).status_code


async def test_a_challenge_counts_once_and_in_its_browser(process: People) -> None:
    """Of five that answer with the same assertion one gets in; another browser never does; nor does who is late."""
    await process.developer("carol@keys.example")
    key = Authenticator()
    async with process.signed_in("carol@keys.example") as first:
        await with_passkey(first, key)
    async with process.browser() as browser, process.browser() as thief:
        token, options = await options_of(browser, ENTER)
        form = {"csrf_token": token, "credential": key.show(options)}
        stolen = {**form, "csrf_token": await csrf(thief, ENTER)}
        assert 422 == (await thief.post(ENTER, data=stolen)).status_code
        answers = await asyncio.gather(*(browser.post(ENTER, data=form) for _ in range(5)))
        assert [303, 422, 422, 422, 422] == sorted(one.status_code for one in answers)
        token, options = await options_of(browser, ENTER)
        process.clock.advance(timedelta(minutes=5))
        late = await browser.post(ENTER, data={"csrf_token": token, "credential": key.show(options)})
        assert 422 == late.status_code


async def test_a_counter_that_goes_back_is_noted(process: People, caplog: pytest.LogCaptureFixture) -> None:
    """The sign-in goes on, the row says when it was, and the owner hears that there may be a copy."""
    await process.developer("dave@keys.example")
    key = Authenticator(count=40)
    async with process.signed_in("dave@keys.example") as first:
        await with_passkey(first, key)
    async with process.browser() as browser:
        assert 303 == (await sign_in_with(browser, key)).status_code
    assert "passkey_added" == (await process.letters("dave@keys.example"))[-1][0]
    key.count = 7
    with caplog.at_level(logging.WARNING):
        async with process.browser() as browser:
            assert 303 == (await sign_in_with(browser, key)).status_code
    assert "passkey_regressed" == (await process.letters("dave@keys.example"))[-1][0]
    row = await process.ground.db.fetchrow("select sign_count, regressed_at from passkeys where name = 'Laptop' "
                                           "and credential_id = $1", key.id)  # fmt: skip
    assert row is not None
    assert (41, process.clock.now()) == (row["sign_count"], row["regressed_at"])


async def test_making_one_needs_step_up(process: People) -> None:
    """Sixteen minutes after the sign-in the page leads to the confirmation, the script's request is refused."""
    await process.developer("erin@keys.example")
    async with process.signed_in("erin@keys.example") as browser:
        token = await csrf(browser, "/account/passkeys/new")
        process.clock.advance(timedelta(minutes=16))
        page = await browser.get("/account/passkeys/new")
        assert "/session/confirm?return_to=%2Faccount%2Fpasskeys%2Fnew" == page.headers["location"]
        asked = await browser.post(
            "/account/passkeys/new/options", data={"csrf_token": token}, headers={"accept": "application/json"}
        )
        assert (403, "step_up_required") == (asked.status_code, asked.json()["error"])
        by_api = await browser.post(f"{API}/options", headers={"x-logi-csrf-token": token})
        assert (403, "step_up_required", "recent") == (
            by_api.status_code, by_api.json()["error"], by_api.json()["need"],
        )  # fmt: skip


async def test_one_answer_makes_one_passkey(process: People) -> None:
    """The same registration sent five times at once makes one passkey; another account cannot have the credential."""
    await process.developer("frank@keys.example")
    await process.developer("grace@keys.example")
    key = Authenticator()
    async with process.signed_in("frank@keys.example") as browser:
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        asked = await browser.post(f"{API}/options", headers=header)
        body = {"name": "One", "credential": json.loads(key.make(asked.json()))}
        answers = await asyncio.gather(*(browser.post(API, json=body, headers=header) for _ in range(5)))
        assert 1 == len([one for one in answers if one.status_code == 201]), [one.text for one in answers]
        listed = await browser.get(API)
        assert ["One"] == [one["name"] for one in listed.json()]
        again = (await browser.post(f"{API}/options", headers={**header})).json()
        assert [body["credential"]["id"]] == [one["id"] for one in again["excludeCredentials"]]
    async with process.signed_in("grace@keys.example") as browser:
        assert 422 == (await with_passkey(browser, key)).status_code


async def test_names_and_removal_by_api(process: People) -> None:
    """A key with `passkeys:manage` renames and removes; with `passkeys:read` it only lists; others' are not there."""
    account = await process.developer("hal@keys.example")
    stranger = await process.developer("ivy@keys.example")
    async with process.signed_in("hal@keys.example") as first:
        await with_passkey(first, Authenticator())
    reads = bearer(await a_key(process, account.id, "passkeys:read"))
    manages = bearer(await a_key(process, account.id, "passkeys:manage"))
    foreign = bearer(await a_key(process, stranger.id, "passkeys:manage"))
    async with process.browser() as script:
        found = (await script.get(API, headers=reads)).json()[0]
        assert ("Laptop", None, ["internal"]) == (found["name"], found["last_used_at"], found["transports"])
        one = f"{API}/{found['id']}"
        assert 403 == (await script.delete(one, headers=reads)).status_code
        assert 404 == (await script.delete(one, headers=foreign)).status_code
        assert 404 == (await script.patch(one, json={"name": "x"}, headers=foreign)).status_code
        assert 422 == (await script.patch(one, json={"name": "  "}, headers=manages)).status_code
        assert 422 == (await script.delete(f"{API}/{2**63}", headers=manages)).status_code
        renamed = await script.patch(one, json={"name": " My  phone "}, headers=manages)
        assert (200, "My phone") == (renamed.status_code, renamed.json()["name"])
        gone = await asyncio.gather(*(script.delete(one, headers=manages) for _ in range(3)))
        assert [204, 404, 404] == sorted(answer.status_code for answer in gone)
    event = (await process.announced("auth.factor.removed"))[-1]
    assert (account.sub, 0) == (event["sub"], event["left"])
    kind, told = (await process.letters("hal@keys.example"))[-1]
    assert ("passkey_removed", True) == (kind, "My phone" in told)
    assert 0 == await process.ground.db.fetchval("select count(*) from backup_codes where user_id = $1", account.id)


async def test_the_only_way_in_stays(process: People) -> None:
    """Who has neither password nor provider keeps the last passkey; of two removed at once one stays."""
    account = await process.developer("only@keys.example")
    async with process.signed_in("only@keys.example") as first:
        for _ in range(2):
            await with_passkey(first, Authenticator())
        await process.ground.db.execute("update users set password_hash = null where id = $1", account.id)
        ids = [one["id"] for one in (await first.get(API)).json()]
    manages = bearer(await a_key(process, account.id, "passkeys:manage"))
    async with process.browser() as script:
        answers = await asyncio.gather(*(script.delete(f"{API}/{one}", headers=manages) for one in ids))
        assert [204, 409] == sorted(answer.status_code for answer in answers)
        assert "last_identity" == next(answer.json()["error"] for answer in answers if answer.status_code == 409)
        assert 1 == len(
            (await script.get(API, headers=bearer(await a_key(process, account.id, "passkeys:read")))).json()
        )


async def test_a_removed_passkey_opens_nothing(process: People) -> None:
    """Removed through the page, behind step-up; the next sign-in with it is refused."""
    await process.developer("jack@keys.example")
    key = Authenticator()
    async with process.signed_in("jack@keys.example") as browser:
        await with_passkey(browser, key)
        held = (await browser.get(API)).json()[0]["id"]
        token = await csrf(browser, "/account/passkeys")
        removed = await browser.post(f"/account/passkeys/{held}/remove", data={"csrf_token": token})
        assert "/account/passkeys" == removed.headers["location"]
    async with process.browser() as browser:
        assert 422 == (await sign_in_with(browser, key)).status_code


@pytest.mark.parametrize("change", ["suspended_at = now()", "deleted_at = now()"])
async def test_an_inactive_account_stays_out(process: People, change: str) -> None:
    """Its passkey is answered as one that nobody has."""
    email = f"{change[:4]}@keys.example"
    account = await process.developer(email)
    key = Authenticator()
    async with process.signed_in(email) as first:
        await with_passkey(first, key)
    await process.ground.db.execute(f"update users set {change} where id = $1", account.id)  # noqa: S608 - ours
    async with process.browser() as browser:
        assert 422 == (await sign_in_with(browser, key)).status_code


async def test_a_stranger_who_came_first_leaves_no_passkey(process: People) -> None:
    """Made in an account whose address nobody had proved, it opens nothing once the owner of the mailbox signs up."""
    account = await process.developer("kate@keys.example")
    await process.ground.db.execute("update users set identity_verified_level = 0 where id = $1", account.id)
    key = Authenticator()
    async with process.signed_in("kate@keys.example") as stranger:
        assert 200 == (await with_passkey(stranger, key)).status_code
    async with process.browser() as owner:
        await sign_up(owner, "kate@keys.example", "a sentence of the owner 4")
        link = (await process.letters("kate@keys.example"))[-1][1].partition("\n")[0]
        token = link.partition("token=")[2]
        form = {"token": token, "csrf_token": await csrf(owner, f"/console/verify_email?token={token}")}
        assert 200 == (await owner.post("/console/verify_email", data=form)).status_code
    async with process.browser() as stranger:
        assert 422 == (await sign_in_with(stranger, key)).status_code
    async with process.browser() as owner:
        answer = await sign_in(owner, "kate@keys.example", "a sentence of the owner 4")
        assert "/console" == answer.headers["location"], "nothing of the stranger's is asked for"


@pytest.mark.parametrize(
    ("issuer", "host"), [("https://id.example.com:8443", "id.example.com"), ("http://localhost:8000", "localhost")]
)
def test_passkeys_belong_to_the_host_of_the_issuer(issuer: str, host: str) -> None:
    """Whatever name a request came by (WebAuthn section 5.1.2: a port is no part of it)."""
    assert host == challenges.rp_id(issuer)


async def test_what_a_browser_is_asked_for(process: People) -> None:
    """No attestation, three algorithms, no personal data in the user handle; alone only verified users count."""
    account = await process.developer("liam@keys.example")
    async with process.signed_in("liam@keys.example") as browser:
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        asked = (await browser.post(f"{API}/options", headers=header)).json()
    assert ("none", [-7, -8, -257]) == (asked["attestation"], [one["alg"] for one in asked["pubKeyCredParams"]])
    assert account.sub.encode() == decoded(asked["user"]["id"])
    async with process.browser() as nobody:
        _, asked = await options_of(nobody, ENTER)
    assert ("required", [], "localhost") == (asked["userVerification"], asked["allowCredentials"], asked["rpId"])
