"""An account with a second factor is neither absorbed nor entered by its mailbox or its provider alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest

from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import NONCE, Phone, Provider, a_phone
from tests.auth.merging.builders import MERGE, Person, code_in_mail, people
from tests.auth.rp import Auth, World

Near = tuple[Auth, Provider]
PAGE = "/account/merge"


@pytest.fixture(scope="module")
async def near(world: World) -> AsyncIterator[Near]:
    await world.tell(phone.the_app())
    async with phone.provider(world) as made:
        yield made


async def with_codes(world: World, user_id: int) -> pyotp.TOTP:
    """The authenticator app of an account that has one from now on."""
    seed = pyotp.random_base32()
    sealed = world.ground.vault.seal(seed.encode(), f"totp/{user_id}")
    await world.db.execute(
        "insert into totp_seeds (user_id, sealed, created_at, confirmed_at) values ($1, $2, $3, $3)",
        user_id,
        sealed,
        world.clock.now(),
    )
    return pyotp.TOTP(seed)


def code(world: World, app: pyotp.TOTP) -> str:
    return app.at(world.clock.now())


async def two(world: World, name: str) -> tuple[Person, Person]:
    mine, other = await people(world, f"{name}-a", f"{name}-b")
    return await Person.signed_in(world, mine), await Person.signed_in(world, other)


async def mailed(world: World, mine: Person, other: Person) -> dict[str, Any]:
    """A merge request with the code that went to the other mailbox."""
    email = str(other.account.email)
    assert 202 == (await mine.post(f"{MERGE}/otp", {"target_email": email})).status_code
    return {"target_email": email, "otp_code": await code_in_mail(world, email)}


async def test_a_mailbox_alone_absorbs_nobody(world: World) -> None:
    """403 without a code of the other account's, 422 with a wrong one; with the right one they are merged."""
    mine, other = await two(world, "factor1")
    app = await with_codes(world, other.account.id)
    body = await mailed(world, mine, other)
    answer = await mine.post(MERGE, body)
    assert (403, "second_factor_needed") == (answer.status_code, answer.json()["error"])
    answer = await mine.post(MERGE, {**body, "second_factor_code": "000000"})
    assert (422, "wrong_code") == (answer.status_code, answer.json()["error"])
    assert not await world.db.fetchval("select merged_into from users where id = $1", other.account.id)
    answer = await mine.post(MERGE, {**body, "second_factor_code": code(world, app)})
    assert (200, "merged") == (answer.status_code, answer.json()["outcome"])


async def test_its_code_counts_once(world: World) -> None:
    """Of requests at once one merges, and the others are told of that merge; the code opens nothing else."""
    mine, other = await two(world, "factor2")
    app = await with_codes(world, other.account.id)
    body = {**await mailed(world, mine, other), "second_factor_code": code(world, app)}
    answers = await asyncio.gather(*(mine.post(MERGE, body) for _ in range(5)))
    assert {200} == {answer.status_code for answer in answers}
    assert ["already_processed"] * 4 + ["merged"] == sorted(answer.json()["outcome"] for answer in answers)


async def test_guesses_are_few(world: World) -> None:
    """As at the door: five wrong codes within a quarter of an hour, whichever mailed codes they come with."""
    mine, other = await two(world, "factor3")
    app = await with_codes(world, other.account.id)
    for _ in range(2):
        body = await mailed(world, mine, other)
        for _ in range(3):
            last = await mine.post(MERGE, {**body, "second_factor_code": "000000"})
    assert (429, "rate_limited") == (last.status_code, last.json()["error"])
    answer = await mine.post(MERGE, {**body, "second_factor_code": code(world, app)})
    assert 429 == answer.status_code


async def test_whoever_was_let_in_proves_enough(world: World) -> None:
    """The session that made a merge token had shown the second factor when it began, so nothing more is asked."""
    mine, other = await two(world, "factor4")
    proof = await other.proof()
    await with_codes(world, other.account.id)
    assert 200 == (await mine.post(MERGE, {"target_session_token": proof})).status_code


async def test_a_provider_alone_absorbs_nobody(world: World, near: Near) -> None:
    """It vouches for the address, which is a first factor at the door as well."""
    auth, provider = near
    mine, other = await people(world, "factor5-a", "factor5-b")
    app = await with_codes(world, other.id)
    person = Person(auth, mine)
    person.http.headers["x-logi-csrf-token"] = await world.sign_in(person.http, mine)
    token = provider.vouch("factor5", email=other.email, email_verified=True)
    body = {"identity": {"provider": "apple", "identity_token": token, "raw_nonce": NONCE}}
    answer = await person.post(MERGE, body)
    assert (403, "second_factor_needed") == (answer.status_code, answer.json()["error"])
    answer = await person.post(MERGE, {**body, "second_factor_code": code(world, app)})
    assert (200, "t2_email_match") == (answer.status_code, answer.json()["merged_via"])


async def test_a_provider_alone_makes_no_device_act_as_somebody(world: World, near: Near) -> None:
    """A swap is a sign-in: the anonymous account stays what it was until the owner's second factor is shown."""
    auth, provider = near
    owner, nobody = await a_phone_of(auth, world), await a_phone_of(auth, world)
    token = provider.vouch("factor6")
    assert 200 == (await owner.attach(token)).status_code
    app = await with_codes(world, owner.user_id)
    answer = await nobody.swap(token)
    assert (403, "second_factor_needed") == (answer.status_code, answer.json()["error"])
    answer = await nobody.swap(token, second_factor_code="000000")
    assert (422, "wrong_code") == (answer.status_code, answer.json()["error"])
    assert 200 == (await nobody.begin()).status_code
    answer = await nobody.swap(token, second_factor_code=code(world, app))
    assert (200, owner.user_id) == (answer.status_code, answer.json()["user"]["id"])


async def test_whose_identity_was_found_by_its_address_is_told(world: World, near: Near) -> None:
    """A swap that adds a way into somebody's account is told to its owner, as every other one."""
    auth, provider = near
    (owner,) = await people(world, "factor7")
    nobody = await a_phone_of(auth, world)
    answer = await nobody.swap(provider.vouch("factor7", email=owner.email, email_verified=True))
    assert (200, owner.id) == (answer.status_code, answer.json()["user"]["id"])
    kinds = await world.db.fetch("select kind from mail_outbox where recipient = $1", owner.email)
    assert ["identity_linked"] == [row["kind"] for row in kinds]


async def test_the_page_asks_for_it(world: World) -> None:
    """Beside the mailed code, once that was right; without scripts."""
    mine, other = await people(world, "factor8-a", "factor8-b")
    app = await with_codes(world, other.id)
    async with world.browser() as http:
        csrf = await world.sign_in(http, mine)
        form = {"csrf_token": csrf, "target_email": str(other.email), "understood": "yes"}
        assert "second_factor_code" not in (await http.post(f"{PAGE}/code", data=form)).text
        form |= {"otp_code": await code_in_mail(world, str(other.email))}
        asked = await http.post(PAGE, data=form)
        assert (403, True) == (asked.status_code, 'name="second_factor_code"' in asked.text)
        wrong = await http.post(PAGE, data={**form, "second_factor_code": "000000"})
        assert (422, True) == (wrong.status_code, 'id="second_factor_code-error"' in wrong.text)
        assert 200 == (await http.post(PAGE, data={**form, "second_factor_code": code(world, app)})).status_code
    assert mine.id == await world.db.fetchval("select merged_into from users where id = $1", other.id)


async def test_the_last_administrator_is_not_absorbed(world: World) -> None:
    """Nobody would be left to run the platform; of two, one may go."""
    mine, first, second = await people(world, "factor9-a", "factor9-b", "factor9-c")
    await world.db.execute("update users set role = 'admin' where id = any($1)", [first.id, second.id])
    person = await Person.signed_in(world, mine)
    statuses = []
    for one in (first, second):
        proof = await (await Person.signed_in(world, one)).proof()
        answer = await person.post(MERGE, {"target_session_token": proof})
        statuses.append((answer.status_code, answer.json().get("error")))
    assert [(200, None), (409, "last_administrator")] == statuses
    await world.db.execute("update users set role = 'user' where id = $1", second.id)


@pytest.mark.parametrize("number", [2**63, 2**70, 0, -1])
async def test_a_number_that_no_account_can_have(world: World, number: int) -> None:
    """Is refused as a value, before anybody looks for it."""
    (mine,) = await people(world, f"factor10{number}")
    person = await Person.signed_in(world, mine)
    answer = await person.post(MERGE, {"target_user_id": number, "otp_code": "123456"})
    assert (422, "validation_failed") == (answer.status_code, answer.json()["error"])


async def a_phone_of(auth: Auth, world: World) -> Phone:
    made = await a_phone(world)
    here = Phone(auth, made.device_id)
    here.secret, here.token, here.key, here.user_id = made.secret, made.token, made.key, made.user_id
    return here
