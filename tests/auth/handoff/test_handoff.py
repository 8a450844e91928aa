"""A session moves to the console's own host by a token of half a minute: for one browser, once, or not at all."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.auth import upkeep
from services.auth.handoff import move
from tests.auth.factors.builders import Authenticator, options_of
from tests.auth.people import ISSUER, People, people, sign_in

CONSOLE = "http://console.localhost:8000"
ANOTHER = "/settings/api-keys"


@pytest.fixture(scope="module")
async def apart(postgres_url: str) -> AsyncIterator[People]:
    """An auth whose console has a host of its own."""
    async with people(postgres_url, console_origin=CONSOLE) as made:
        yield made


async def at_the_issuer(browser: httpx.AsyncClient, return_to: str = ANOTHER) -> str:
    """Opens the console's host, which asks this browser to fetch a token; where it is to be had."""
    return str((await browser.get(f"{CONSOLE}/session/handoff?return_to={return_to}")).headers["location"])


async def a_token(browser: httpx.AsyncClient, return_to: str = ANOTHER) -> str:
    """The address at the console's host that a browser, signed in at the issuer's, is sent to."""
    return str((await browser.get(await at_the_issuer(browser, return_to))).headers["location"])


async def somebody(apart: People) -> str:
    """The address of a developer whom no other test knows."""
    email = f"{secrets.token_hex(4)}@hosts.example"
    await apart.developer(email)
    return email


def shown(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


async def test_a_session_moves_to_the_console_host(apart: People) -> None:
    """Sign-in leads to the console's host over a token; there the session goes on, at the issuer's it is over."""
    await apart.developer("ada@hosts.example")
    async with apart.browser() as browser:
        signed_in = await sign_in(browser, "ada@hosts.example", return_to=ANOTHER)
        assert f"{CONSOLE}/session/handoff?return_to=%2Fsettings%2Fapi-keys" == signed_in.headers["location"]
        given = await browser.get(await at_the_issuer(browser))
        assert ("no-referrer", "no-store") == (given.headers["referrer-policy"], given.headers["cache-control"])
        address = given.headers["location"]
        assert (CONSOLE, ["token"]) == (address.partition("/session")[0], [*shown(address)])
        arrived = await browser.get(address)
        assert (303, ANOTHER) == (arrived.status_code, arrived.headers["location"])
        assert [200, 303] == [(await browser.get(f"{host}{ANOTHER}")).status_code for host in (CONSOLE, ISSUER)]
        assert "ada@hosts.example" in (await browser.get(f"{CONSOLE}/account")).text


async def test_what_an_app_waits_for_stays_at_the_issuer(apart: People) -> None:
    """A sign-in for an authorization request sets the issuer's cookie and goes on there."""
    await apart.developer("app@hosts.example")
    async with apart.browser() as browser:
        answer = await sign_in(browser, "app@hosts.example", return_to="/oauth/authorize/resume?request=x")
        assert "/oauth/authorize/resume?request=x" == answer.headers["location"]
        assert 200 == (await browser.get("/api/v1/me")).status_code


async def test_nobody_signed_in_signs_in_first(apart: People) -> None:
    """Without a session at the issuer there is no token, but the sign-in page that leads back to the console."""
    async with apart.browser() as browser:
        answer = await browser.get(await at_the_issuer(browser))
        assert "/session/new?return_to=%2Fsettings%2Fapi-keys" == answer.headers["location"]


async def test_replay_a_token_opens_one_session(apart: People) -> None:
    """Shown many times at once and once more later, a token is taken once; the rest are told nothing."""
    await apart.developer("bob@hosts.example")
    async with apart.signed_in("bob@hosts.example") as browser:
        address = await a_token(browser)
        answers = await asyncio.gather(*(browser.get(address) for _ in range(6)))
        late = await browser.get(address)
    assert [303, *(6 * [400])] == sorted(answer.status_code for answer in (*answers, late))
    assert "text/html" in late.headers["content-type"]


async def test_expiry_after_half_a_minute_it_is_worth_nothing(apart: People) -> None:
    """A token that comes late moves nothing: the session at the issuer is as it was. Upkeep removes the unused."""
    await apart.developer("carol@hosts.example")
    async with apart.signed_in("carol@hosts.example") as browser:
        late, unused = await a_token(browser), apart.ground.db
        apart.clock.advance(move.LIFETIME)
        assert 400 == (await browser.get(late)).status_code
        assert 200 == (await browser.get(ANOTHER)).status_code
        await a_token(browser)
        apart.clock.advance(timedelta(minutes=1))
        await upkeep.once(apart.ground)
        assert 0 == await unused.fetchval("select count(*) from hand_offs")


async def test_a_planted_token_signs_nobody_in(apart: People) -> None:
    """An attacker's token in a victim's browser opens no session there, whether or not it holds a secret of its own
    (login CSRF); nor does it serve the attacker afterwards.
    """
    await apart.developer("mallory@hosts.example")
    async with apart.signed_in("mallory@hosts.example") as attacker, apart.browser() as victim:
        planted = await a_token(attacker)
        assert [400, 400] == [(await one.get(planted)).status_code for one in (victim, attacker)]
        assert "logi_session" not in victim.cookies
        await at_the_issuer(victim)
        assert 400 == (await victim.get(await a_token(attacker))).status_code
        assert 303 == (await victim.get(f"{CONSOLE}{ANOTHER}")).status_code


async def test_a_challenge_of_an_attacker_gets_no_session(apart: People) -> None:
    """A link that makes a victim fetch a token for the attacker's browser leads the token to the victim's browser,
    which cannot use it; the victim stays signed in.
    """
    await apart.developer("victim@hosts.example")
    async with apart.signed_in("victim@hosts.example") as victim, apart.browser() as attacker:
        link = await at_the_issuer(attacker)
        address = (await victim.get(link)).headers["location"]
        assert CONSOLE == address.partition("/session")[0]
        assert 400 == (await victim.get(address)).status_code
        assert 200 == (await victim.get(ANOTHER)).status_code


@pytest.mark.parametrize("forged", ["", "short", "A" * 42 + "%0A", "A" * 44, "A" * 42 + "%EC%95%88"])
async def test_a_malformed_challenge_gets_no_token(apart: People, forged: str) -> None:
    """What no page of ours has made is refused on the spot, as a page."""
    async with apart.signed_in(await somebody(apart)) as browser:
        answer = await browser.get(f"/session/handover?challenge={forged}&return_to=/console")
        assert (400, True) == (answer.status_code, "handoff_refused" in answer.text)


@pytest.mark.parametrize(
    "wished",
    ["https://evil.example/", "//evil.example", "/%5Cevil.example", "/oauth/authorize?client_id=x", "/session/new", ""],
)
async def test_tampered_return_to_ends_at_the_console(apart: People, wished: str) -> None:
    """Only a page of the console is where a hand-off ends; what else is wished for leads to its home. After the token
    is made nobody can change it.
    """
    async with apart.signed_in(await somebody(apart)) as browser:
        tampered = (await at_the_issuer(browser)).partition("&return_to")[0]
        address = (await browser.get(f"{tampered}&return_to={wished}")).headers["location"]
        arrived = await browser.get(f"{address}&return_to=/settings/api-keys")
        assert (303, "/console") == (arrived.status_code, arrived.headers["location"])


async def test_a_session_that_ended_is_not_handed_over(apart: People) -> None:
    """Signing out everywhere, suspension and the end of the session end its hand-off with it."""
    account = await apart.developer("erin@hosts.example")
    async with apart.signed_in("erin@hosts.example") as browser:
        address = await a_token(browser)
        await apart.ground.db.execute("delete from sessions where user_id = $1", account.id)
        assert 400 == (await browser.get(address)).status_code


async def test_the_last_token_counts(apart: People) -> None:
    """A second token of one session ends the first, so that there is never more than one."""
    await apart.developer("frank@hosts.example")
    async with apart.signed_in("frank@hosts.example") as browser:
        first, second = await a_token(browser), await a_token(browser)
        assert [400, 303] == [(await browser.get(address)).status_code for address in (first, second)]


async def test_who_was_on_the_console_before_is_signed_out_there(apart: People) -> None:
    """The session that a browser had on the console's host ends when another one comes over."""
    for name in ("first", "second"):
        await apart.developer(f"{name}@hosts.example")
    async with apart.browser() as browser:
        await sign_in(browser, "first@hosts.example", return_to="/oauth/x")
        await browser.get(await a_token(browser))
        await sign_in(browser, "second@hosts.example", return_to="/oauth/x")
        asked = move.challenge(
            next(c.value or "" for c in browser.cookies.jar if c.name == "logi_form" and "console" in c.domain)
        )
        given = await browser.get(f"/session/handover?challenge={asked}&return_to=/console")
        await browser.get(given.headers["location"])
        assert "second@hosts.example" in (await browser.get(f"{CONSOLE}/account")).text
    assert 0 == await apart.ground.db.fetchval(
        "select count(*) from sessions s join users u on u.id = s.user_id where u.email = 'first@hosts.example'"
    )


async def test_what_was_shown_comes_over_with_the_session(apart: People) -> None:
    """Methods, time of sign-in and the name that apps know the session by are those that it had."""
    account = await apart.developer("grace@hosts.example")
    kept = "select sid, methods, authenticated_at, expires_at, csrf_token from sessions where user_id = $1"
    async with apart.signed_in("grace@hosts.example") as browser:
        before = await apart.ground.db.fetchrow(
            "select coalesce(sid, id) as sid, methods, authenticated_at, expires_at, csrf_token from sessions"
            " where user_id = $1",
            account.id,
        )
        apart.clock.advance(timedelta(minutes=3))
        await browser.get(await a_token(browser))
    assert before == await apart.ground.db.fetchrow(kept, account.id)


async def test_one_host_has_no_hand_off(process: People) -> None:
    """Where both hosts are one, neither route exists, and nothing leads there."""
    await process.developer("one@hosts.example")
    async with process.signed_in("one@hosts.example") as browser:
        paths = ["/session/handoff", "/session/handoff?token=x", "/session/handover", "/.well-known/webauthn"]
        assert 4 * [404] == [(await browser.get(path)).status_code for path in paths]
        assert "/console" == (await browser.get("/session/new")).headers["location"]


@pytest.mark.parametrize(
    ("origin", "status"), [(CONSOLE, 200), (ISSUER, 200), (f"{CONSOLE}0", 422), ("http://evil.example", 422)]
)
async def test_a_passkey_may_be_made_and_used_on_both_hosts(apart: People, origin: str, status: int) -> None:
    """It belongs to the issuer's host, which names the console's origin as related (WebAuthn Level 3 section 5.11);
    what a page of any other origin has made does not count.
    """
    async with apart.signed_in(await somebody(apart)) as browser:
        assert {"origins": [ISSUER, CONSOLE]} == (await browser.get("/.well-known/webauthn")).json()
        token, options = await options_of(browser, "/account/passkeys/new")
        assert "localhost" == options["rp"]["id"]
        key = Authenticator()
        form = {"csrf_token": token, "name": "Laptop", "credential": key.make(options, origin)}
        assert status == (await browser.post("/account/passkeys/new", data=form)).status_code
        if status != 200:
            return
        apart.clock.advance(timedelta(minutes=20))
        token, options = await options_of(browser, "/session/confirm?return_to=/account")
        shown = {"csrf_token": token, "return_to": "/account", "credential": key.show(options, CONSOLE)}
        assert 303 == (await browser.post("/session/confirm", data=shown)).status_code
