"""What becomes of two accounts that become one."""

import asyncio
import base64

import msgspec
import pytest

from contracts.events.auth import merge_key
from services.auth.accounts import store as accounts
from services.auth.merging import merge
from services.auth.merging.refusals import TargetUnusable
from tests.auth.merging.builders import MERGE, Person, announced, asks, granted, people, standing, sure
from tests.auth.rp import World, an_app


async def test_the_requester_survives(world: World) -> None:
    """Answered with the link; the other account's row stays, out of use."""
    mine, other = [await Person.signed_in(world, one) for one in await people(world, "a1", "a2")]
    answer = await mine.post(MERGE, {"target_session_token": await other.proof()})
    assert 200 == answer.status_code, answer.text
    said = answer.json()
    assert (True, mine.account.id, other.account.id, "session_token", "merged") == (
        said["ok"],
        said["primary_user_id"],
        said["linked_user_id"],
        said["merged_via"],
        said["outcome"],
    )
    row = await world.db.fetchrow("select merged_into, suspended_at from users where id = $1", other.account.id)
    assert row is not None
    assert (mine.account.id, world.clock.now()) == (row["merged_into"], row["suspended_at"])


async def test_what_the_absorbed_account_had_is_over(world: World) -> None:
    """Session, access token, refresh token, code and key die with the commit; nothing new is issued."""
    app = await world.tell(an_app())
    mine, other = await people(world, "b1", "b2")
    person = await Person.signed_in(world, other)
    tokens, code = await world.tokens(app, other), await world.code(app, other)
    await world.db.execute(
        """insert into api_keys (user_id, name, sha256, last4, scopes, created_at)
        values ($1, 'k', sha256('x'), 'xxxx', '{}', now())""",
        other.id,
    )
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:b"))
    assert 401 == (await person.http.get("/api/v1/me")).status_code
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    for answer in (await world.refresh(app, tokens["refresh_token"]), await world.redeem(app, code)):
        assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
    assert 0 == await world.db.fetchval(
        "select count(*) from api_keys where user_id = $1 and revoked_at is null", other.id
    )
    assert 0 == await world.db.fetchval("select count(*) from sessions where user_id = $1", other.id)


async def test_grants_keep_their_sub(world: World) -> None:
    """An app that only the absorbed account had let in goes on calling the person as before."""
    theirs, both = await world.tell(an_app()), await world.tell(an_app())
    mine, other = await people(world, "c1", "c2")
    await granted(world, other.id, theirs)
    for one in (mine, other):
        await granted(world, one.id, both)
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:c"))
    assert {theirs.client_id: other.sub, both.client_id: mine.sub} == await standing(world, mine.id)
    assert {} == await standing(world, other.id)


async def test_tokens_and_userinfo_tell_who_is_who(world: World) -> None:
    """sub of the grant, canonical_sub of the survivor, and the absorbed account with the event that told of it."""
    app = await world.tell(an_app())
    mine, other = await people(world, "d1", "d2")
    await granted(world, other.id, app)
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:d"))
    tokens = await world.tokens(app, mine)
    (event,) = [one for one in await announced(world, "auth.user.merged") if one["merged_canonical_sub"] == other.sub]
    expected = {
        "sub": other.sub,
        "canonical_sub": mine.sub,
        "is_canonical": False,
        "previously_anonymous": False,
        "linked_subs": [
            {
                "sub": other.sub,
                "merged_canonical_sub": other.sub,
                "merged_via": "t3_otp",
                "occurred_at": "2026-05-11T12:00:00.000Z",
                "source_event_id": event["event_id"],
            }
        ],
    }
    refreshed = (await world.refresh(app, tokens["refresh_token"])).json()
    for said in (
        (await world.userinfo(tokens["access_token"])).json(),
        _payload(tokens["id_token"]),
        _payload(refreshed["id_token"]),
    ):
        assert expected == {name: said[name] for name in expected}


async def test_every_application_that_ever_knew_one_of_them_hears_of_it(world: World) -> None:
    """Current and past grants of either, each with a key of its own; an app of neither hears nothing."""
    of_mine, of_other, past, _ = [await world.tell(an_app()) for _ in range(4)]
    mine, other = await people(world, "e1", "e2")
    await granted(world, mine.id, of_mine)
    for app in (of_other, past):
        await granted(world, other.id, app)
    await world.db.execute("delete from grants where client_id = $1", past.client_id)
    done = await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:e"))
    (event,) = [one for one in await announced(world, "auth.user.merged") if one["merged_canonical_sub"] == other.sub]
    apps = {app.client_id: merge_key("t3:e", app.id) for app in (of_mine, of_other, past)}
    assert apps == event["idempotency_keys"]
    assert (sorted(apps), done.link.id, mine.sub) == (
        sorted(event["client_ids"]),
        event["identity_link_id"],
        event["survivor_canonical_sub"],
    )


async def test_applications_hear_that_tokens_ended_by_a_merge(world: World) -> None:
    """`token.revoked` with the reason `merge`, in the same transaction."""
    app = await world.tell(an_app())
    mine, other = await people(world, "f1", "f2")
    await world.tokens(app, other)
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:f"))
    reasons = [one["reason"] for one in await announced(world, "auth.token.revoked") if one["sub"] == other.sub]
    assert ["merge"] == reasons


async def test_the_same_key_again_is_told_what_became_of_it(world: World) -> None:
    """`already_processed` with the first link, and no second event."""
    mine, other = await people(world, "g1", "g2")
    first = await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:g"))
    again = await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:g"))
    assert (first.link, "already_processed") == (again.link, again.outcome)
    events = [one for one in await announced(world, "auth.user.merged") if one["merged_canonical_sub"] == other.sub]
    assert 1 == len(events)


@pytest.mark.parametrize("same_key", [True, False])
async def test_ten_at_once_merge_once(world: World, same_key: bool) -> None:
    """With one key all are told the same link; with ten keys nine find nobody to absorb."""
    mine, other = await people(world, f"h1{same_key}", f"h2{same_key}")
    tries = [
        merge.accounts_of(world.ground, asks(mine.id), sure(other.id, f"t3:h{same_key}{0 if same_key else number}"))
        for number in range(10)
    ]
    done = await asyncio.gather(*tries, return_exceptions=True)
    merged = [one for one in done if isinstance(one, merge.Merged)]
    assert (10 if same_key else 1) == len(merged)
    assert 1 == sum(one.outcome == "merged" for one in merged)
    assert 1 == await world.db.fetchval("select count(*) from identity_links where linked_user_id = $1", other.id)


async def test_a_chain_is_refused(world: World) -> None:
    """An account that has absorbed others is not absorbed itself; the other way round it is done."""
    first, second, third = await people(world, "i1", "i2", "i3")
    await merge.accounts_of(world.ground, asks(second.id), sure(first.id, "t3:i1"))
    person = await Person.signed_in(world, third)
    proof = await (await Person.signed_in(world, second)).proof()
    answer = await person.post(MERGE, {"target_session_token": proof})
    assert (409, "merge_chain_forbidden") == (answer.status_code, answer.json()["error"])
    done = await merge.accounts_of(world.ground, asks(second.id), sure(third.id, "t3:i2"))
    assert "merged" == done.outcome


async def test_the_log_keeps_every_merge_and_every_refusal(world: World) -> None:
    """Who asked, whom they meant, how, from where, and what came of it."""
    mine, other, dead = await people(world, "j1", "j2", "j3")
    await world.db.execute("update users set suspended_at = now() where id = $1", dead.id)
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:j1"))
    with pytest.raises(TargetUnusable):
        await merge.accounts_of(world.ground, asks(mine.id), sure(dead.id, "t3:j2"))
    rows = await world.db.fetch(
        "select outcome, other_id, ip from merge_log where requester_id = $1 order by id", mine.id
    )
    assert [("merged", other.id, "192.0.2.7"), ("target_unusable", dead.id, "192.0.2.7")] == [
        tuple(row) for row in rows
    ]


@pytest.mark.parametrize(
    ("of_other", "of_mine"), [("developer", "developer"), ("admin", "developer"), ("user", "user")]
)
async def test_a_developer_stays_one(world: World, of_other: str, of_mine: str) -> None:
    """Whoever absorbs a developer's account is a developer, but nobody becomes an administrator by that."""
    mine, other, stays = await people(world, *(f"l{n}{of_other}" for n in range(3)))
    await world.db.execute("update users set role = $2 where id = any($1)", [other.id, stays.id], of_other)
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, f"t3:l{of_other}"))
    assert of_mine == await world.db.fetchval("select role from users where id = $1", mine.id)
    (event,) = [one for one in await announced(world, "auth.user.suspended") if one["user"]["id"] == other.id]
    assert mine.id == event["user"]["merged_into"]


async def test_both_mailboxes_hear_of_it(world: World) -> None:
    """Whoever did not wish the merge learns of it at once."""
    mine, other = await people(world, "k1", "k2")
    await merge.accounts_of(world.ground, asks(mine.id), sure(other.id, "t3:k"))
    rows = await world.db.fetch("select recipient from mail_outbox where kind = 'accounts_merged'")
    assert {mine.email, other.email} <= {row["recipient"] for row in rows}


def _payload(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    return dict(msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


@pytest.mark.parametrize(("mine", "theirs", "after"), [(1, 3, 3), (2, 1, 2), (0, 3, 0), (0, 1, 0)])
async def test_what_was_proved_of_the_person_goes_over(world: World, mine: int, theirs: int, after: int) -> None:
    """The survivor has the higher level, announced; but that its own address is proved no merge can say: at level 0 it
    stays there until it is, and has the other's level then.
    """
    one, other = await people(world, f"level{mine}{theirs}a", f"level{mine}{theirs}b")
    for account, level in ((one, mine), (other, theirs)):
        await world.db.execute("update users set identity_verified_level = $2 where id = $1", account.id, level)
    await merge.accounts_of(world.ground, asks(one.id), sure(other.id, f"t3:level{mine}{theirs}"))
    told = [
        event["user"]["identity_verified_level"]
        for event in await announced(world, "auth.user.identity_verified")
        if event["user"]["id"] == one.id
    ]
    assert after == await world.db.fetchval("select identity_verified_level from users where id = $1", one.id)
    assert ([after] if after > mine else []) == told
    if mine == 0:
        async with world.db.transaction() as tx:
            proved = await accounts.email_verified(tx, one.id, None, world.clock.now())
        assert max(1, theirs) == proved.identity_verified_level
