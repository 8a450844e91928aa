"""Signing keys: made once, published before they sign, kept after, sealed at rest."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from joserfc.jwk import KeySet

from chassis.clock import FrozenClock
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from chassis.settings import Secret
from chassis.vault import Vault
from services.auth.app import MIGRATIONS
from services.auth.keys import make, store
from services.auth.keys.ring import Ring
from tests.auth.people import NOON

VAULT = Vault.from_setting(Secret("v1:" + "A" * 43 + "="))
QUARTER = timedelta(days=90)


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    await migrate(postgres_url, EVENTS_MIGRATIONS, MIGRATIONS)
    database = Database(postgres_url)
    await database.start()
    await database.execute("delete from signing_keys")
    yield database
    await database.stop()


async def test_two_processes_that_start_together_make_one_pair(db: Database) -> None:
    """And it signs at once, because nobody has an older set."""
    clock = FrozenClock(NOON)
    await asyncio.gather(*(make.as_needed(db, VAULT, clock, QUARTER) for _ in range(3)))
    keys = await store.living(db)
    assert [("own", "RS256"), ("resource", "ES256")] == sorted((key.purpose, key.algorithm) for key in keys)
    assert keys[0].kid == (await Ring(db, VAULT, clock).named(keys[0].kid)).kid  # type: ignore[union-attr]


async def test_a_new_key_is_published_a_day_before_it_signs(db: Database) -> None:
    """By schedule: no process signs with a key that a verifier's day-old copy lacks."""
    clock = FrozenClock(NOON)
    await make.as_needed(db, VAULT, clock, QUARTER)
    ring = Ring(db, VAULT, clock)
    old = (await ring.signing("own")).kid
    clock.advance(QUARTER - make.LEAD)
    fresh = await make.as_needed(db, VAULT, clock, QUARTER)
    assert 2 == len(fresh)
    assert set(fresh) < {key["kid"] for key in (await ring.jwks("own"))["keys"]}
    clock.advance(make.LEAD - timedelta(seconds=1))
    assert old == (await ring.signing("own")).kid
    clock.advance(timedelta(seconds=1))
    assert (await ring.signing("own")).kid in fresh
    clock.advance(make.KEPT)
    await make.as_needed(db, VAULT, clock, timedelta(days=900))
    clock.advance(timedelta(minutes=2))
    assert old not in {key["kid"] for key in (await ring.jwks("own"))["keys"]}


async def test_the_operator_may_rotate_at_any_time(db: Database) -> None:
    """The new keys are published now, and sign a day later; a process that has not read them finds them by kid."""
    clock = FrozenClock(NOON)
    await make.as_needed(db, VAULT, clock, QUARTER)
    ring = Ring(db, VAULT, clock)
    before = (await ring.signing("resource")).kid
    fresh = await make.next_ones(db, VAULT, clock)
    clock.advance(timedelta(seconds=2))
    assert before == (await ring.signing("resource")).kid
    assert None is not await ring.named(fresh[0])


async def test_the_set_is_readable_by_others_and_private_halves_are_sealed(db: Database) -> None:
    """kid is the RFC 7638 thumbprint; a sealed key moved to another row does not open."""
    clock = FrozenClock(NOON)
    await make.as_needed(db, VAULT, clock, QUARTER)
    jwks = await Ring(db, VAULT, clock).jwks("own")
    for key in KeySet.import_key_set(jwks):
        assert (key.thumbprint(), False) == (key.kid, key.is_private)
    one, other = await store.living(db)
    with pytest.raises(InvalidTag):
        VAULT.open(one.private_key, f"signing_keys/{other.kid}")


async def test_the_set_begins_with_the_key_that_signs(db: Database) -> None:
    """Then the next one, then the previous ones, of one purpose before the other: some readers take the first."""
    clock = FrozenClock(NOON)
    oldest = await make.next_ones(db, VAULT, clock)
    clock.advance(timedelta(hours=1))
    older = await make.next_ones(db, VAULT, clock)
    clock.advance(make.LEAD + timedelta(hours=1))
    coming = await make.next_ones(db, VAULT, clock)
    ring = Ring(db, VAULT, clock)
    for first, last in (("own", "resource"), ("resource", "own")):
        wanted = [
            kids[list(make.ALGORITHMS).index(purpose)] for purpose in (first, last) for kids in (older, coming, oldest)
        ]
        assert wanted == [key["kid"] for key in (await ring.jwks(first))["keys"]]
