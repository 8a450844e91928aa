"""One-time things that have no home among the tests of a single feature, each used several times at once."""

import asyncio
from datetime import timedelta

import pytest

from services.auth.backup_codes import make
from services.auth.factors import store as factors
from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import Phone
from tests.auth.device.builders import a_cli, begun, decided, poll
from tests.auth.factors.builders import Authenticator, code, options_of, with_passkey, with_totp
from tests.auth.merging.builders import MERGE, Person
from tests.auth.people import PASSWORD, People, csrf
from tests.auth.rp import World

STALE = timedelta(minutes=16)
"""After which a session has to show once more who it is."""

CONFIRM = "/session/confirm?return_to=%2Faccount"


async def test_a_user_code_is_decided_once(world: World) -> None:
    """Of two people's yes and no at once, one word counts, and the device hears that one."""
    app = await world.tell(a_cli())
    for number in range(4):
        device = await begun(world, app)
        async with world.browser() as one, world.browser() as other:
            tokens = [
                await world.sign_in(http, await world.person(f"user-code-{number}-{name}@once.example"))
                for name, http in (("a", one), ("b", other))
            ]
            words = await asyncio.gather(
                *(
                    decided(http, device["user_code"], token, word)
                    for http, token in zip((one, other), tokens, strict=True)
                    for word in ("allow", "deny", "allow")
                )
            )
        assert [200] + [400] * 5 == sorted(answer.status_code for answer in words)
        (heard,) = [answer.text for answer in words if answer.status_code == 200]
        said = await poll(world, app, device["device_code"])
        assert (200 if "is in" in heard else 400) == said.status_code, said.text


async def test_a_device_holds_one_key(world: World) -> None:
    """Exchanges at once leave one key that opens anything."""
    await world.tell(phone.the_app())
    device = Phone(world)
    await device.begin()
    await device.exchange()
    secret, token = device.secret, device.token
    hands = [Phone(world, device.device_id) for _ in range(6)]
    for hand in hands:
        hand.secret, hand.token = secret, token
    answers = await asyncio.gather(*(hand.exchange() for hand in hands))
    assert {200} == {answer.status_code for answer in answers}
    opened = [(await hand.get("/api/v1/me/connected_apps", hand.key)).status_code for hand in hands]
    assert [200] + [401] * 5 == sorted(opened)


async def test_a_merge_token_is_made_once_for_its_key(world: World) -> None:
    """Repeats at once are told the same token."""
    person = await Person.signed_in(world, await world.person("merge-key@once.example"))
    path, key = f"{MERGE}/session-token", {"idempotency_key": "at once"}
    answers = await asyncio.gather(*(person.post(path, key) for _ in range(8)))
    assert 1 == len({answer.json()["session_token"] for answer in answers})


async def test_a_passkey_challenge_of_a_step_up(process: People) -> None:
    """One answer shown five times at once renews the session once."""
    await process.developer("step-up@once.example")
    key = Authenticator()
    async with process.signed_in("step-up@once.example") as browser:
        await with_passkey(browser, key)
        process.clock.advance(STALE)
        token, options = await options_of(browser, CONFIRM)
        form = {"csrf_token": token, "credential": key.show(options)}
        answers = await asyncio.gather(*(browser.post("/session/confirm", data=form) for _ in range(5)))
    assert 1 == sum("logi_session" in answer.headers.get("set-cookie", "") for answer in answers)


async def test_a_passkey_challenge_of_a_second_factor(process: People) -> None:
    """One answer shown five times at once begins one session."""
    account = await process.developer("second@once.example")
    key = Authenticator()
    async with process.signed_in("second@once.example") as first:
        await with_passkey(first, key)
    count = "select count(*) from sessions where user_id = $1"
    before = await process.ground.db.fetchval(count, account.id)
    async with process.browser() as browser:
        token = await csrf(browser, "/session/new")
        form = {"csrf_token": token, "email": "second@once.example", "password": PASSWORD}
        assert 303 == (await browser.post("/session", data=form)).status_code
        token, options = await options_of(browser, "/session/second")
        form = {"csrf_token": token, "credential": key.show(options)}
        answers = await asyncio.gather(*(browser.post("/session/second", data=form) for _ in range(5)))
    assert 1 == await process.ground.db.fetchval(count, account.id) - before, [one.status_code for one in answers]


async def test_a_one_time_code_at_two_doors(process: People) -> None:
    """The same code for a sign-in and for a step-up at once opens one of them."""
    await process.developer("doors@once.example")
    async with process.signed_in("doors@once.example") as inside, process.browser() as outside:
        seed, _ = await with_totp(process, inside)
        process.clock.advance(STALE)
        token = await csrf(outside, "/session/new")
        form = {"csrf_token": token, "email": "doors@once.example", "password": PASSWORD}
        assert 303 == (await outside.post("/session", data=form)).status_code
        now = code(process, seed)
        second = {"csrf_token": await csrf(outside, "/session/second"), "code": now}
        confirm = {"csrf_token": await csrf(inside, CONFIRM), "code": now}
        answers = await asyncio.gather(
            outside.post("/session/second", data=second), inside.post("/session/confirm", data=confirm)
        )
    assert [303, 422] == sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize("round_", range(3))
async def test_new_backup_codes_at_once_are_ten(process: People, round_: int) -> None:
    """Whoever was last has replaced the others': there are never two sets that open the account."""
    email = f"codes{round_}@once.example"
    account = await process.developer(email)
    async with process.signed_in(email) as browser:
        await with_totp(process, browser)
    sets = await asyncio.gather(*(make.anew(process.ground, account.id) for _ in range(5)))
    assert 10 == (await factors.enrolled(process.ground.db, account.id)).backup_codes
    kept = await process.ground.db.fetch("select sha256 from backup_codes where user_id = $1", account.id)
    digests = {row["sha256"] for row in kept}
    living = [one for one in sets if {make.digest(make.typed(text) or "") for text in one} == digests]
    assert 1 == len(living)
