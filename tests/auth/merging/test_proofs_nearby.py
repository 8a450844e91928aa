"""Proofs without a mailbox: the other account's device is in hand, or a provider vouches for its address."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import NONCE, Phone, Provider
from tests.auth.merging.builders import MERGE, Person
from tests.auth.rp import Auth, World

Near = tuple[Auth, Provider]


@pytest.fixture(scope="module")
async def near(world: World) -> AsyncIterator[Near]:
    await world.tell(phone.the_app())
    async with phone.provider(world) as made:
        yield made


async def owned_phone(near: Near, name: str) -> Phone:
    """A device whose account is somebody's."""
    auth, provider = near
    made = Phone(auth)
    await made.begin()
    token = provider.vouch(f"s-{name}", email=f"{name}@nearby.example", email_verified=True)
    assert 200 == (await made.attach(token)).status_code
    assert 200 == (await made.exchange()).status_code
    return made


async def person(near: Near, world: World, name: str) -> Person:
    """Whose requests go to the process that reaches the provider."""
    made = Person(near[0], await world.person(f"{name}@nearby.example"))
    made.http.headers["x-logi-csrf-token"] = await world.sign_in(made.http, made.account)
    return made


def device(of: Phone, **changes: Any) -> dict[str, Any]:
    shown = {"device_uuid": str(of.device_id), "platform": "ios", "device_secret": of.secret, **changes}
    return {"device": shown}


def identity(token: str) -> dict[str, Any]:
    return {"identity": {"provider": "apple", "identity_token": token, "raw_nonce": NONCE}}


async def test_the_device_of_the_other_account(world: World, near: Near) -> None:
    """Its secret proves that account, its key dies with the merge, and the survivor may claim it."""
    mine, theirs = await person(near, world, "d1"), await owned_phone(near, "d2")
    answer = await mine.post(MERGE, device(theirs))
    assert 200 == answer.status_code, answer.text
    assert ("t1_device_link", theirs.user_id) == (answer.json()["merged_via"], answer.json()["linked_user_id"])
    key = await world.db.fetchval(
        "select idempotency_key from identity_links where linked_user_id = $1", theirs.user_id
    )
    assert f"t1:{theirs.device_id}:{theirs.user_id}" == key
    assert 401 == (await theirs.get("/api/v1/me/connected_apps", theirs.key)).status_code
    assert 401 == (await theirs.begin()).status_code
    again = await mine.post(MERGE, device(theirs))
    assert (200, "already_processed") == (again.status_code, again.json()["outcome"])


async def test_a_wrong_device_secret_proves_nothing(world: World, near: Near) -> None:
    """Nor does a device that nobody knows."""
    mine, theirs = await person(near, world, "e1"), await owned_phone(near, "e2")
    for shown in (device(theirs, device_secret="logi_ds_x"), device(Phone(near[0]), device_secret="logi_ds_x")):
        answer = await mine.post(MERGE, shown)
        assert (401, "invalid_device_secret") == (answer.status_code, answer.json()["error"])


async def test_an_anonymous_account_is_folded_not_merged(world: World, near: Near) -> None:
    """Its device proves it, but there is nobody whose account it could be."""
    mine, nobody = await person(near, world, "f1"), Phone(near[0])
    await nobody.begin()
    answer = await mine.post(MERGE, device(nobody))
    assert (409, "target_unusable") == (answer.status_code, answer.json()["error"])
    await nobody.exchange()
    asked = await nobody.post(MERGE, {"target_session_token": await mine.proof()}, nobody.key)
    assert (403, "insufficient_scope") == (asked.status_code, asked.json()["error"])


async def test_an_address_that_both_sides_have_proved(world: World, near: Near) -> None:
    """The provider is its authority, the other account's owner has clicked the link; a repeat is told the same."""
    mine, other = await person(near, world, "g1"), await world.person("g2@nearby.example")
    shown = identity(near[1].vouch("s-g", email="G2@nearby.example", email_verified=True))
    first, again = await mine.post(MERGE, shown), await mine.post(MERGE, shown)
    assert (200, "t2_email_match", other.id) == (
        first.status_code,
        first.json()["merged_via"],
        first.json()["linked_user_id"],
    )
    assert (200, "already_processed") == (again.status_code, again.json()["outcome"])
    key = await world.db.fetchval("select idempotency_key from identity_links where linked_user_id = $1", other.id)
    assert f"t2:g2@nearby.example:{other.id}" == key


@pytest.mark.parametrize(
    ("claims", "level"),
    [
        ({"email_verified": False}, 1),
        ({"email_verified": True}, 0),
        ({"email": "nobody@nearby.example", "email_verified": True}, 1),
        ({"email": None}, 1),
    ],
)
async def test_an_address_that_one_side_has_not_proved(
    world: World, near: Near, claims: dict[str, Any], level: int
) -> None:
    """Claimed is not proved: not by the provider's user, and not by whoever signed up with it."""
    name = f"h{len(claims)}{claims.get('email_verified')}{level}{'email' in claims}"
    mine, other = await person(near, world, f"{name}a"), await world.person(f"{name}b@nearby.example")
    await world.db.execute("update users set identity_verified_level = $2 where id = $1", other.id, level)
    shown = identity(near[1].vouch("s-h", **{"email": other.email, **claims}))
    answer = await mine.post(MERGE, shown)
    assert (409, "email_mismatch") == (answer.status_code, answer.json()["error"])
    assert not await world.db.fetchval("select merged_into from users where id = $1", other.id)
