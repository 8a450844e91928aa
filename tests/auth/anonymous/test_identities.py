"""An anonymous account becomes somebody's, or is folded into the account that its person has already."""

import asyncio
from typing import Any

import pytest

from contracts.events.auth import merge_key
from tests.auth.anonymous.phone import Phone, Provider, a_phone
from tests.auth.merging.builders import announced, granted, standing
from tests.auth.rp import Auth, World, an_app

Near = tuple[Auth, Provider]


async def near(auth: Auth) -> Phone:
    """A phone whose requests go to the process that reaches the provider."""
    phone = Phone(auth)
    assert 200 == (await phone.begin()).status_code
    assert 200 == (await phone.exchange()).status_code
    return phone


async def test_a_free_identity_makes_the_account_its_owners(world: World, near_provider: Near) -> None:
    """The same account, with the address that the provider vouches for; told to other services now."""
    auth, provider = near_provider
    phone = await near(auth)
    answer = await phone.attach(provider.vouch("s-1", email="ada@promoted.example", email_verified=True))
    assert (200, True, {"id": phone.user_id, "anonymous": False}) == (
        answer.status_code,
        answer.json()["promoted"],
        answer.json()["user"],
    )
    said = (await world.userinfo(phone.token)).json()
    assert (str(phone.user_id), True) == (said["sub"], said["previously_anonymous"])
    (event,) = [one for one in await announced(world, "auth.user.registered") if one["user"]["id"] == phone.user_id]
    assert ("ada@promoted.example", 1) == (event["user"]["email"], event["user"]["identity_verified_level"])


async def test_the_devices_key_reaches_further_once_somebody_is_there(near_provider: Near) -> None:
    """After promotion the exchange gives the scopes of a person."""
    auth, provider = near_provider
    phone = await near(auth)
    assert 200 == (await phone.attach(provider.vouch("s-2"), phone.key)).status_code
    assert "account:merge" in (await phone.exchange()).json()["scopes"]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-app"},
        {"exp": 1},
        {"nonce": "a nonce that the app made"},
        {"nonce": None},
        {"sub": ""},
    ],
)
async def test_tokens_that_are_not_believed(near_provider: Near, changes: dict[str, Any]) -> None:
    """Wrong issuer, audience, time, nonce or subject: nothing is attached and nothing swapped."""
    auth, provider = near_provider
    phone = await near(auth)
    token = provider.vouch("s-3", **changes)
    for answer in (await phone.attach(token), await phone.swap(token)):
        assert (400, "upstream_answer_refused") == (answer.status_code, answer.json()["error"])


async def test_an_identity_of_somebody_else_is_not_attached(near_provider: Near) -> None:
    """By its subject, and by the address that both sides have proved."""
    auth, provider = near_provider
    owner, other = await near(auth), await near(auth)
    token = provider.vouch("s-4", email="bob@promoted.example", email_verified=True)
    assert 200 == (await owner.attach(token)).status_code
    for shown in (token, provider.vouch("s-5", email="BOB@promoted.example", email_verified=True)):
        answer = await other.attach(shown)
        assert (409, "identity_owned_by_another_account") == (answer.status_code, answer.json()["error"])


async def test_of_two_who_attach_the_same_identity_one_gets_it(near_provider: Near) -> None:
    """At once, so that neither sees the other before it begins."""
    auth, provider = near_provider
    phones, token = [await near(auth) for _ in range(4)], provider.vouch("s-6")
    answers = await asyncio.gather(*(phone.attach(token) for phone in phones))
    assert [200, 409, 409, 409] == sorted(answer.status_code for answer in answers)


async def test_a_swap_folds_everything_into_the_owners_account(world: World, near_provider: Near) -> None:
    """Grants move with their sub, duplicates stay the owner's, the row is gone, the device acts as the owner."""
    auth, provider = near_provider
    only_a, both = [await world.tell(an_app(allow_anonymous_grants=True)) for _ in range(2)]
    owner, phone = await near(auth), await near(auth)
    token = provider.vouch("s-7")
    await owner.attach(token)
    for app in (only_a, both):
        await granted(world, phone.user_id, app)
    await granted(world, owner.user_id, both)
    anonymous_id, old = phone.user_id, (phone.token, phone.key, phone.secret)
    answer = await phone.swap(token)
    said = answer.json()
    assert (200, {"id": owner.user_id, "anonymous": False}) == (answer.status_code, said["user"])
    assert {"grants": 1, "agent_approvals": 0, "device_credentials": 1} == said["merged"]
    assert {only_a.client_id: str(anonymous_id), both.client_id: str(owner.user_id)} == await standing(
        world, owner.user_id
    )
    assert not await world.db.fetchval("select true from users where id = $1", anonymous_id)
    # What the device had is over; what it got counts for the owner.
    assert 401 == (await phone.get("/api/v1/me/connected_apps", old[1])).status_code
    assert 401 == (await world.userinfo(old[0])).status_code
    assert 200 == (await phone.get("/api/v1/me/connected_apps", said["api_key"])).status_code
    assert 401 == (await phone.begin(device_secret=old[2])).status_code
    assert owner.user_id == (await phone.begin(device_secret=said["device_secret"])).json()["user"]["id"]


async def test_applications_hear_of_a_swap(world: World, near_provider: Near) -> None:
    """Those that A had let in, each with its own key; tokens tell whom the owner has absorbed."""
    auth, provider = near_provider
    app, never = [await world.tell(an_app(allow_anonymous_grants=True)) for _ in range(2)]
    owner, phone = await near(auth), await near(auth)
    token = provider.vouch("s-8")
    await owner.attach(token)
    await granted(world, phone.user_id, app)
    await granted(world, owner.user_id, never)
    anonymous_id = phone.user_id
    await phone.swap(token)
    (event,) = [
        one for one in await announced(world, "auth.user.merged") if one["merged_canonical_sub"] == str(anonymous_id)
    ]
    assert ([app.client_id], str(owner.user_id), "anonymous_swap") == (
        event["client_ids"],
        event["survivor_canonical_sub"],
        event["merged_via"],
    )
    assert {app.client_id: merge_key(f"swap:{anonymous_id}", app.id)} == event["idempotency_keys"]
    (linked,) = (await world.userinfo(owner.token)).json()["linked_subs"]
    assert (str(anonymous_id), "anonymous_swap", event["event_id"]) == (
        linked["sub"],
        linked["merged_via"],
        linked["source_event_id"],
    )


async def test_a_level_that_an_app_reported_goes_over(world: World, near_provider: Near) -> None:
    """Who was verified while nobody knew their name stays verified; it is announced of the owner's account."""
    auth, provider = near_provider
    owner, phone = await near(auth), await near(auth)
    token = provider.vouch("s-level")
    await owner.attach(token)
    for account, level in ((owner, 1), (phone, 2)):
        await world.db.execute("update users set identity_verified_level = $2 where id = $1", account.user_id, level)
    assert 200 == (await phone.swap(token)).status_code
    (event,) = [
        one for one in await announced(world, "auth.user.identity_verified") if one["user"]["id"] == owner.user_id
    ]
    assert 2 == event["user"]["identity_verified_level"]


async def test_only_an_anonymous_account_is_folded(near_provider: Near) -> None:
    """403 for somebody who is somebody; nothing of theirs moves."""
    auth, provider = near_provider
    owner, other = await near(auth), await near(auth)
    await owner.attach(provider.vouch("s-9"))
    await other.attach(provider.vouch("s-10"))
    answer = await other.swap(provider.vouch("s-9"))
    assert (403, "non_anonymous_caller") == (answer.status_code, answer.json()["error"])


async def test_an_identity_of_nobody_has_nothing_to_fold_into(near_provider: Near) -> None:
    """The account stays what it was, and can be promoted instead."""
    auth, provider = near_provider
    phone = await near(auth)
    answer = await phone.swap(provider.vouch("s-11"))
    assert (409, "identity_not_linked") == (answer.status_code, answer.json()["error"])
    assert 200 == (await phone.attach(provider.vouch("s-11"))).status_code


async def test_five_swaps_at_once_fold_once(world: World, near_provider: Near) -> None:
    """The others find nobody to fold; one event, one device."""
    auth, provider = near_provider
    owner, phone = await near(auth), await near(auth)
    token = provider.vouch("s-12")
    await owner.attach(token)
    anonymous_id = phone.user_id
    answers = await asyncio.gather(*(phone.swap(token) for _ in range(5)))
    assert 1 == sum(answer.status_code == 200 for answer in answers)
    assert {200, 401, 403} >= {answer.status_code for answer in answers}
    assert 1 == sum(
        one["merged_canonical_sub"] == str(anonymous_id) for one in await announced(world, "auth.user.merged")
    )


async def test_a_key_for_the_profile_adds_no_way_into_somebodys_account(near_provider: Near) -> None:
    """A new identity needs a session that stepped up, the app's token, or `account:merge`."""
    auth, provider = near_provider
    phone = await near(auth)
    await phone.attach(provider.vouch("s-13"))
    answer = await phone.attach(provider.vouch("s-14"), phone.key)
    assert (403, "insufficient_scope") == (answer.status_code, answer.json()["error"])
    assert isinstance(await a_phone(auth), Phone)
