"""The four proofs: each holds once, for the two accounts that it was made for, and for nothing else."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.auth.merging.builders import MERGE, Person, a_key, code_in_mail
from tests.auth.people import bearer
from tests.auth.rp import World


async def two(world: World, name: str) -> tuple[Person, Person]:
    first, second = [await world.person(f"{name}{number}@proofs.example") for number in (1, 2)]
    return await Person.signed_in(world, first), await Person.signed_in(world, second)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_credentials"),
        ({"target_user_id": 1}, "missing_credentials"),
        ({"otp_code": "123456"}, "missing_credentials"),
        ({"target_user_id": 1, "otp_code": "123456", "target_session_token": "ltgt_x"}, "conflicting_credentials"),
        (
            {
                "target_session_token": "x",
                "identity": {"provider": "a", "identity_token": "b", "raw_nonce": "12345678"},
            },
            "conflicting_credentials",
        ),
    ],
)
async def test_exactly_one_proof(world: World, body: dict[str, Any], code: str) -> None:
    """None is 422, two are 422, before anything is looked at."""
    person = await Person.signed_in(world, await world.person(f"one{uuid4()}@proofs.example"))
    answer = await person.post(MERGE, body)
    assert (422, code) == (answer.status_code, answer.json()["error"])


async def test_a_session_token_counts_once(world: World) -> None:
    """The second time it is 401 `token_consumed`, even for whoever used it."""
    mine, other = await two(world, "once")
    proof = await other.proof()
    assert proof.startswith("ltgt_")
    assert 200 == (await mine.post(MERGE, {"target_session_token": proof})).status_code
    again = await mine.post(MERGE, {"target_session_token": proof})
    assert (401, "token_consumed") == (again.status_code, again.json()["error"])


async def test_a_session_token_used_by_ten_at_once_counts_once(world: World) -> None:
    """One merges; the others learn that it is used up."""
    _, other = await two(world, "ten")
    askers = [await Person.signed_in(world, await world.person(f"asker{n}@proofs.example")) for n in range(10)]
    proof = await other.proof()
    answers = await asyncio.gather(*(one.post(MERGE, {"target_session_token": proof}) for one in askers))
    assert [200] + 9 * [401] == sorted(answer.status_code for answer in answers)
    assert {"token_consumed"} == {answer.json()["error"] for answer in answers if answer.status_code == 401}


async def test_a_session_token_lives_five_minutes(world: World) -> None:
    """After them it is `token_expired`; one that was never made is `invalid_token`."""
    mine, other = await two(world, "old")
    proof = await other.proof()
    world.clock.advance(timedelta(minutes=5))
    for shown, code in ((proof, "token_expired"), ("ltgt_never", "invalid_token"), ("\u00fc", "invalid_token")):
        answer = await mine.post(MERGE, {"target_session_token": shown})
        assert (401, code) == (answer.status_code, answer.json()["error"])


async def test_the_same_key_gives_the_same_unused_token(world: World) -> None:
    """Only its digest is kept, so it is derived again; once used or over, another one comes."""
    mine, other = await two(world, "same")
    path, key = f"{MERGE}/session-token", {"idempotency_key": "k-1"}
    first, again = (await other.post(path, key)).json(), (await other.post(path, key)).json()
    assert first == again
    assert first != (await other.post(path, {"idempotency_key": "k-2"})).json()
    assert first["session_token"] != (await mine.post(path, key)).json()["session_token"]
    stored = await world.db.fetchval("select string_agg(sha256::text || salt::text, '') from merge_tokens")
    assert first["session_token"] not in stored
    world.clock.advance(timedelta(minutes=6))
    assert first["session_token"] != (await other.post(path, key)).json()["session_token"]


async def test_nobody_merges_with_themselves(world: World) -> None:
    """422, and the token is not used up by that."""
    mine, other = await two(world, "self")
    proof = await mine.proof()
    answer = await mine.post(MERGE, {"target_session_token": proof})
    assert (422, "self_merge_forbidden") == (answer.status_code, answer.json()["error"])
    assert 200 == (await other.post(MERGE, {"target_session_token": proof})).status_code


async def test_a_code_goes_to_the_other_mailbox_and_merges(world: World) -> None:
    """By number or by address; a repeat of the same code is told what became of it."""
    mine, other = await two(world, "code")
    email = str(other.account.email)
    sent = await mine.post(f"{MERGE}/otp", {"target_email": email})
    assert (202, {"ok": True, "expires_in": 600}) == (sent.status_code, sent.json())
    body = {"target_user_id": other.account.id, "otp_code": await code_in_mail(world, email)}
    first, again = await mine.post(MERGE, body), await mine.post(MERGE, body)
    assert (200, "t3_otp", "merged") == (first.status_code, first.json()["merged_via"], first.json()["outcome"])
    assert (200, "already_processed") == (again.status_code, again.json()["outcome"])
    assert first.json()["identity_link_id"] == again.json()["identity_link_id"]


async def test_a_code_is_guessed_five_times(world: World) -> None:
    """Then the right one does not count either; guesses at once are counted too."""
    mine, other = await two(world, "guess")
    email = str(other.account.email)
    await mine.post(f"{MERGE}/otp", {"target_email": email})
    right = await code_in_mail(world, email)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    body = {"target_email": email, "otp_code": wrong}
    answers = await asyncio.gather(*(mine.post(MERGE, body) for _ in range(5)))
    assert {(401, "invalid_otp")} == {(answer.status_code, answer.json()["error"]) for answer in answers}
    assert 401 == (await mine.post(MERGE, {"target_email": email, "otp_code": right})).status_code


async def test_a_code_is_for_its_requester_for_ten_minutes(world: World) -> None:
    """Neither somebody else's, nor an old one, nor one that a newer has replaced."""
    mine, other = await two(world, "whose")
    third = await Person.signed_in(world, await world.person("third@proofs.example"))
    email = str(other.account.email)
    await mine.post(f"{MERGE}/otp", {"target_email": email})
    first = await code_in_mail(world, email)
    assert 401 == (await third.post(MERGE, {"target_email": email, "otp_code": first})).status_code
    await mine.post(f"{MERGE}/otp", {"target_email": email})
    second = await code_in_mail(world, email)
    assert 401 == (await mine.post(MERGE, {"target_email": email, "otp_code": first})).status_code or first == second
    world.clock.advance(timedelta(minutes=10))
    assert 401 == (await mine.post(MERGE, {"target_email": email, "otp_code": second})).status_code


async def test_a_code_ends_with_the_address_that_it_went_to(world: World) -> None:
    """Whoever holds a mailbox that the account has left does not absorb it by what still lies in there."""
    mine, other = await two(world, "left")
    email = str(other.account.email)
    await mine.post(f"{MERGE}/otp", {"target_email": email})
    body = {"target_user_id": other.account.id, "otp_code": await code_in_mail(world, email)}
    move = "update users set email = $2, email_key = $2 where id = $1"
    await world.db.execute(move, other.account.id, "left-for@proofs.example")
    answer = await mine.post(MERGE, body)
    assert (401, "invalid_otp") == (answer.status_code, answer.json()["error"])
    await world.db.execute(move, other.account.id, email)
    assert 200 == (await mine.post(MERGE, body)).status_code


async def test_asking_for_a_code_tells_nothing_of_an_address(world: World) -> None:
    """The answer is the same where nobody has it, and where nobody has proved it; then nothing is mailed."""
    mine, other = await two(world, "enumerate")
    await world.db.execute("update users set identity_verified_level = 0 where id = $1", other.account.id)
    for email in ("nobody@proofs.example", str(other.account.email), str(mine.account.email)):
        answer = await mine.post(f"{MERGE}/otp", {"target_email": email})
        assert (202, {"ok": True, "expires_in": 600}) == (answer.status_code, answer.json())
        assert not await world.db.fetchval("select true from mail_outbox where recipient = $1", email)
    wrong = await mine.post(MERGE, {"target_email": "nobody@proofs.example", "otp_code": "000000"})
    assert (401, "invalid_otp") == (wrong.status_code, wrong.json()["error"])


async def test_codes_are_few(world: World) -> None:
    """Three an hour to an address and five of a requester, whoever has the address; then 429 with the time to wait."""
    mine, other = await two(world, "few")
    answers = [await mine.post(f"{MERGE}/otp", {"target_email": str(other.account.email)}) for _ in range(4)]
    assert [202, 202, 202, 429] == [answer.status_code for answer in answers]
    assert ("rate_limited", "3600") == (answers[3].json()["error"], answers[3].headers["retry-after"])
    more = [await mine.post(f"{MERGE}/otp", {"target_email": f"n{n}@proofs.example"}) for n in range(2)]
    assert [202, 429] == [answer.status_code for answer in more]


async def test_an_old_sign_in_has_to_be_confirmed(world: World) -> None:
    """Neither a proof nor a merge by a session that nobody has confirmed for a quarter of an hour."""
    mine, other = await two(world, "stale")
    proof = await other.proof()
    world.clock.advance(timedelta(minutes=16))
    for answer in (await other.post(f"{MERGE}/session-token"), await mine.post(MERGE, {"target_session_token": proof})):
        assert (403, "step_up_required") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize(("scope", "status"), [("account:merge", 200), ("profile:write", 403), ("keys:manage", 403)])
async def test_a_key_merges_by_its_own_scope_alone(world: World, scope: str, status: int) -> None:
    """A key for the profile gives nobody's account away."""
    mine, other = await two(world, f"key{scope}")
    mine.http.cookies.clear()
    del mine.http.headers["cookie"]
    mine.http.headers.update(bearer(await a_key(world, mine.account.id, scope)))
    assert status == (await mine.post(f"{MERGE}/session-token")).status_code
    answer = await mine.post(MERGE, {"target_session_token": await other.proof()})
    assert status == answer.status_code
