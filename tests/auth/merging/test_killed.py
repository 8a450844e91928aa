"""A process that dies at any step of a merge or a swap leaves the old state, or the new one with its event."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from chassis.postgres import UNAVAILABLE
from contracts.applications import Application
from services.auth.merging import merge
from services.auth.merging.proofs import tokens
from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import Phone, Provider
from tests.auth.merging.builders import announced, asks, granted, people, standing
from tests.auth.merging.mortal import Mortal
from tests.auth.rp import Auth, World, an_app

FEWEST = 15
"""Statements that a merge has at least; with fewer the killing would prove little."""


@pytest.fixture
async def mortal(world: World) -> AsyncIterator[Mortal]:
    made = Mortal(world.db)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="module")
async def near(world: World) -> AsyncIterator[tuple[Auth, Provider]]:
    await world.tell(phone.the_app())
    async with phone.provider(world) as made:
        yield made


async def until_it_lives(mortal: Mortal, act: Callable[[], Awaitable[bool]], old: Callable[[], Awaitable[None]]) -> int:
    """Kills `act` one statement later each time, until it comes through; `old` looks at what was left behind.

    Returns the number of its statements.
    """
    for step in range(1, 200):
        mortal.seen, mortal.dies_at = 0, step
        if await act():
            assert mortal.seen < step, f"came through although it was killed before {mortal.last}"
            return mortal.seen
        await old()
    raise AssertionError("it never came through")


async def test_a_killed_merge(world: World, mortal: Mortal) -> None:
    """Until the commit nothing has changed: accounts, grants, the proof; then everything, and there is one event."""
    app = await world.tell(an_app())
    mine, other = await people(world, "killed1", "killed2")
    await granted(world, other.id, app)
    issued = await world.tokens(app, other)
    ground = msgspec.structs.replace(world.ground, db=mortal)
    proof = (await tokens.mint(world.ground, other.id, None)).plain

    async def act() -> bool:
        try:
            await merge.accounts_of(ground, asks(mine.id), await tokens.proven(ground, proof))
        except UNAVAILABLE:
            return False
        return True

    async def old() -> None:
        assert await _untouched(world, other.id, app)
        assert 200 == (await world.userinfo(issued["access_token"])).status_code

    assert await until_it_lives(mortal, act, old) >= FEWEST
    assert {app.client_id: other.sub} == await standing(world, mine.id)
    assert 401 == (await world.userinfo(issued["access_token"])).status_code
    assert [other.sub] == await _told(world, mine.sub)


async def test_a_killed_swap(world: World, mortal: Mortal, near: tuple[Auth, Provider]) -> None:
    """The anonymous account is all there with its device, or it is gone and the device is the owner's."""
    auth, provider = near
    app = await world.tell(an_app(allow_anonymous_grants=True))
    owner, nobody = await _phone(auth), await _phone(auth)
    token = provider.vouch("killed")
    await owner.attach(token)
    await granted(world, nobody.user_id, app)
    dying = Auth(msgspec.structs.replace(auth.ground, db=mortal))
    hand = Phone(dying, nobody.device_id)
    hand.token, anonymous_id = nobody.token, nobody.user_id
    held = await _devices(world, anonymous_id)

    async def act() -> bool:
        answer = await hand.swap(token)
        assert answer.status_code in {200, 503}, answer.text
        return answer.status_code == 200

    async def old() -> None:
        assert await _untouched(world, anonymous_id, app)
        assert held == await _devices(world, anonymous_id)
        assert 200 == (await nobody.get("/api/v1/me/connected_apps", nobody.key)).status_code

    assert await until_it_lives(mortal, act, old) >= FEWEST
    assert {app.client_id: str(anonymous_id)} == await standing(world, owner.user_id)
    assert [str(anonymous_id)] == await _told(world, str(owner.user_id))
    assert 401 == (await nobody.begin()).status_code


async def _phone(auth: Auth) -> Phone:
    made = Phone(auth)
    await made.begin()
    await made.exchange()
    return made


async def _devices(world: World, user_id: int) -> list[bytes]:
    """Digests of what proves the devices of an account."""
    rows = await world.db.fetch("select secret_sha256 from device_credentials where user_id = $1", user_id)
    return [row["secret_sha256"] for row in rows]


async def _untouched(world: World, user_id: int, app: Application) -> bool:
    row = await world.db.fetchrow("select merged_into, suspended_at from users where id = $1", user_id)
    links = await world.db.fetchval("select count(*) from identity_links where linked_user_id = $1", user_id)
    grants = await standing(world, user_id)
    merged = [one for one in await announced(world, "auth.user.merged") if one["merged_canonical_sub"] == str(user_id)]
    return row is not None and tuple(row) == (None, None) and (links, merged) == (0, []) and app.client_id in grants


async def _told(world: World, survivor: str) -> list[str]:
    """Of whom applications heard that this account has absorbed them."""
    events = await announced(world, "auth.user.merged")
    return [one["merged_canonical_sub"] for one in events if one["survivor_canonical_sub"] == survivor]
