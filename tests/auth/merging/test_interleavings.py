"""Merges, swaps and deletions in every direction at the same time end in one consistent state."""

import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import Provider
from tests.auth.merging.family import Family, Try
from tests.auth.rp import Auth, World, an_app

_numbers = itertools.count(1)

tries = st.builds(
    Try,
    st.sampled_from(["merge", "merge", "merge", "swap", "swap", "attach", "sign_in", "close"]),
    st.integers(0, 3),
    st.integers(0, 3),
)
waves = st.lists(st.lists(tries, min_size=2, max_size=8), min_size=1, max_size=3)


@pytest.fixture(scope="module")
async def near(world: World) -> AsyncIterator[tuple[Auth, Provider]]:
    await world.tell(phone.the_app())
    async with phone.provider(world) as made:
        yield made


@given(waves)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_any_interleaving(world: World, near: tuple[Auth, Provider], waves: list[list[Try]]) -> None:
    """Whatever is tried at once, by connections of their own: the invariants hold after each wave."""
    apps = [await world.tell(an_app(allow_anonymous_grants=True)) for _ in range(3)]
    family = Family(world, near, apps)
    await family.begin(f"f{next(_numbers)}")
    for wave in waves:
        await family.attempt(wave)
        await family.check()


@pytest.mark.parametrize("turn", range(10))
async def test_opposite_directions(world: World, near: tuple[Auth, Provider], turn: int) -> None:
    """A absorbs B while B absorbs A: exactly one of them does."""
    family = Family(world, near, [await world.tell(an_app(allow_anonymous_grants=True)) for _ in range(3)])
    await family.begin(f"o{turn}")
    await family.attempt([Try("merge", 0, 1), Try("merge", 1, 0)])
    await family.check()
    links = await world.db.fetchval(
        "select count(*) from identity_links where linked_user_id = any($1)", family.ids[:2]
    )
    assert 1 == links


async def test_a_swap_into_an_account_that_is_being_absorbed(world: World, near: tuple[Auth, Provider]) -> None:
    """Nobody is folded into an account that is out of use, and nothing is lost on the way."""
    family = Family(world, near, [await world.tell(an_app(allow_anonymous_grants=True)) for _ in range(3)])
    await family.begin("into")
    await family.attempt([Try("merge", 1, 0), Try("swap", 0, 0), Try("swap", 1, 1)])
    await family.check()
