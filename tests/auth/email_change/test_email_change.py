"""Another address for an account: proved first, told to the old one, silent about others."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.auth.people import People, csrf, sign_in, sign_up


async def ask(browser: Any, email: str) -> Any:
    form = {"email": email, "csrf_token": await csrf(browser, "/account/email")}
    return await browser.post("/account/email", data=form)


async def use(house: People, email: str) -> int:
    link = [link for kind, link in await house.letters(email) if kind == "verify_new_email"][-1]
    token = link.partition("token=")[2]
    async with house.browser() as browser:
        form = {"token": token, "csrf_token": await csrf(browser, f"/console/verify_email?token={token}")}
        return (await browser.post("/console/verify_email", data=form)).status_code


async def kinds(house: People, email: str) -> list[str]:
    return [kind for kind, _ in await house.letters(email)]


async def test_the_new_address_counts_once_it_is_proved(house: People) -> None:
    """Until the link is used the old one signs in; then the new one, at level 1, announced; the old one hears twice."""
    account = await house.developer("old@ada.example")
    await house.ground.db.execute("update users set identity_verified_level = 3 where id = $1", account.id)
    async with house.signed_in("old@ada.example") as browser:
        answer = await ask(browser, "New@ada.example")
        assert (303, "/account?sent=email") == (answer.status_code, answer.headers["location"])
        assert 200 == (await browser.get("/account?sent=email")).status_code
    async with house.browser() as browser:
        assert 401 == (await sign_in(browser, "new@ada.example")).status_code
    assert 200 == await use(house, "New@ada.example")
    async with house.browser() as browser:
        assert 303 == (await sign_in(browser, "new@ada.example")).status_code
        assert 401 == (await sign_in(browser, "old@ada.example")).status_code
    assert ["email_change_asked", "email_changed"] == await kinds(house, "old@ada.example")
    (event,) = [e for e in await house.announced("auth.user.email_changed") if e["user"]["id"] == account.id]
    assert ("New@ada.example", 1) == (event["user"]["email"], event["user"]["identity_verified_level"])


async def test_an_address_of_somebody_else_gives_the_same_answer(house: People) -> None:
    """Its owner is told that they have an account; the link never comes, and nothing changes."""
    await house.developer("owner@bob.example")
    mover = await house.developer("mover@bob.example")
    async with house.signed_in("mover@bob.example") as browser:
        free, taken = await ask(browser, "free@bob.example"), await ask(browser, "owner@bob.example")
    assert (free.status_code, free.content, dict(free.headers)) == (
        taken.status_code,
        taken.content,
        dict(taken.headers),
    )
    assert ["already_registered"] == await kinds(house, "owner@bob.example")
    email = await house.ground.db.fetchval("select email from users where id = $1", mover.id)
    assert "mover@bob.example" == email


async def test_two_who_prove_the_same_address(house: People) -> None:
    """Of two accounts that are to get one address, one gets it and the other link is spent."""
    for name in ("one", "two"):
        await house.developer(f"{name}@carol.example")
        async with house.signed_in(f"{name}@carol.example") as browser:
            await ask(browser, "both@carol.example")
    links = [link.partition("token=")[2] for _, link in await house.letters("both@carol.example")]

    async def prove(token: str) -> int:
        async with house.browser() as browser:
            form = {"token": token, "csrf_token": await csrf(browser, f"/console/verify_email?token={token}")}
            return (await browser.post("/console/verify_email", data=form)).status_code

    assert [200, 409] == sorted(await asyncio.gather(*(prove(token) for token in links)))


async def test_an_old_session_confirms_first(house: People) -> None:
    """A session whose sign-in is older than 15 minutes is asked who it is: on the page, by the form, by API."""
    await house.developer("dave@email.example")
    async with house.signed_in("dave@email.example") as browser:
        token = await csrf(browser, "/account/email")
        house.clock.advance(timedelta(minutes=16))
        page = await browser.get("/account/email")
        posted = await browser.post("/account/email", data={"email": "x@y.example", "csrf_token": token})
        api = await browser.put("/api/v1/me/email", json={"email": "x@y.example"}, headers={"x-logi-csrf-token": token})
    assert [303, 303] == [page.status_code, posted.status_code]
    assert (403, "step_up_required") == (api.status_code, api.json()["error"])


async def test_by_api(house: People) -> None:
    """The same verb: 202 with the address that waits, 422 for what is none."""
    await house.developer("erin@email.example")
    async with house.signed_in("erin@email.example") as browser:
        headers = {"x-logi-csrf-token": await csrf(browser, "/account/email")}
        good = await browser.put("/api/v1/me/email", json={"email": "next@email.example"}, headers=headers)
        bad = await browser.put("/api/v1/me/email", json={"email": "none"}, headers=headers)
    assert (202, {"pending_email": "next@email.example"}) == (good.status_code, good.json())
    assert (422, ["email"]) == (bad.status_code, list(bad.json()["fields"]))
    assert 200 == await use(house, "next@email.example")


async def test_a_new_password_stops_it(house: People) -> None:
    """The owner who reads the notice chooses a new password, and the thief's link is spent."""
    await house.developer("frank@email.example")
    async with house.signed_in("frank@email.example") as browser:
        await ask(browser, "thief@email.example")
        form = {"password": "another long sentence", "csrf_token": await csrf(browser, "/account/password")}
        assert 303 == (await browser.post("/account/password", data=form)).status_code
    assert 409 == await use(house, "thief@email.example")


async def test_an_address_of_a_closed_account_waits_for_its_owner(house: People) -> None:
    """While an account can come back, its address goes to no other, not even by a link that was mailed before."""
    await house.developer("mover@grace.example")
    async with house.signed_in("mover@grace.example") as browser:
        await ask(browser, "leaving@grace.example")
    closed = await house.developer("leaving@grace.example")
    await house.ground.db.execute(
        "update users set deleted_at = $2, purge_at = $3 where id = $1",
        closed.id,
        house.clock.now(),
        house.clock.now() + timedelta(days=30),
    )
    assert 409 == await use(house, "leaving@grace.example")
    async with house.signed_in("mover@grace.example") as browser:
        await ask(browser, "leaving@grace.example")
    assert "already_registered" in await kinds(house, "leaving@grace.example")


async def test_who_mistyped_at_sign_up_can_correct_it(house: People) -> None:
    """Links that went to the wrong address, caused by the owner or by a stranger, leave enough for the right one; and
    whoever owns the wrong mailbox is not told of the change.
    """
    account = await house.developer("wrong@typo.example")
    await house.ground.db.execute("update users set identity_verified_level = 0 where id = $1", account.id)
    for _ in range(4):
        async with house.browser() as stranger:
            await sign_up(stranger, "wrong@typo.example", "a stranger's password")
    async with house.signed_in("wrong@typo.example") as browser:
        for number in range(4):
            await ask(browser, f"right{number}@typo.example")
    sent = [await kinds(house, f"right{number}@typo.example") for number in range(4)]
    assert [*(3 * [["verify_new_email"]]), []] == sent, "six links in an hour, three of them to one address"
    assert 3 * ["verify_email"] == await kinds(house, "wrong@typo.example")
    assert 200 == await use(house, "right0@typo.example")
    (event,) = [e for e in await house.announced("auth.user.email_changed") if e["user"]["id"] == account.id]
    assert ("right0@typo.example", 1) == (event["user"]["email"], event["user"]["identity_verified_level"])
